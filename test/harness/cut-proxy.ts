import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Where a connection is cut: the request never arrives, or it is done and its answer is lost. */
export type Cut = "before" | "after";

/** What to cut: the n-th request from now that holds a text, the first being 1. */
export interface CutPlan {
  readonly at: number;
  readonly how: Cut;
}

/** A proxy in front of a real database that loses connections when it is told to. */
export interface CutProxy {
  readonly port: number;
  /** Connections cut so far. */
  readonly cuts: number;
  /** Cuts the connections that carry certain requests. */
  cutRequests(holding: string, plans: readonly CutPlan[]): void;
  /** Cuts every connection there is, and takes no new one for so many milliseconds. */
  cutAll(awayForMs?: number): void;
  stop(): Promise<void>;
}

export async function startCutProxy(target: number): Promise<CutProxy> {
  const pairs = new Set<() => void>();
  let cuts = 0;
  let watched: { holding: string; plans: CutPlan[]; seen: number } | undefined;

  function planFor(chunk: string): Cut | undefined {
    if (!watched || !chunk.includes(watched.holding)) return undefined;
    watched.seen += 1;
    return watched.plans.find(({ at }) => at === watched?.seen)?.how;
  }

  let awayUntil = 0;

  const server = createServer((near: Socket) => {
    if (Date.now() < awayUntil) {
      near.on("error", () => {}).destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    let losing = false;
    const end = () => {
      pairs.delete(end);
      near.destroy();
      far.destroy();
    };
    const cut = () => {
      cuts += 1;
      end();
    };
    pairs.add(end);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", end).on("close", end);
    }
    near.on("data", (chunk) => {
      const how = planFor(chunk.toString("latin1"));
      if (how === "before") return cut();
      if (how === "after") losing = true;
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (losing) cut();
      else near.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    cutRequests(holding, plans) {
      watched = { holding, plans: [...plans], seen: 0 };
    },
    cutAll(awayForMs = 0) {
      awayUntil = Date.now() + awayForMs;
      cuts += pairs.size;
      for (const end of [...pairs]) end();
    },
    async stop() {
      for (const end of [...pairs]) end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
