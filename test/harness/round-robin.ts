import { type AddressInfo, connect, createServer } from "node:net";

/** One address in front of several processes, as a load balancer is: each connection goes to the next one. */
export interface RoundRobin {
  /** On localhost, as redirect URIs of tests are. */
  readonly url: string;
  /** Where the processes are; they are known only after the address in front of them is. */
  send(ports: readonly number[]): void;
  stop(): Promise<void>;
}

export async function startRoundRobin(): Promise<RoundRobin> {
  let ports: readonly number[] = [];
  let turn = 0;
  const server = createServer((near) => {
    turn += 1;
    const far = connect(ports[turn % ports.length] ?? 0, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    // Safe: a server that listens on TCP has an address with a port.
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    send(to) {
      ports = to;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
