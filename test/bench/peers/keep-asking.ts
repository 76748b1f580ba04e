import { Agent, get } from "node:http";
import type { Peer } from "./peer.js";

/** Connections that stay open, each with one request at a time. */
const CONNECTIONS = 10;

/** A signed-in client whose connections outlive its turns: opening them would cost more than what is measured. */
export class KeptConnections {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #peer: Peer;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /**
   * CPU time of the server process per request, in microseconds.
   *
   * @throws {Error} when an answer is another one than `expected`.
   */
  async ask(url: string, requests: number, expected: string): Promise<number> {
    const before = await this.#peer.cpu();
    let left = requests;
    const keepAsking = async () => {
      while (left > 0) {
        left -= 1;
        const answer = await this.#ask(url);
        if (answer !== expected)
          throw new Error(`${this.#peer.kind.name} did not answer the user: ${answer}`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, keepAsking));
    return ((await this.#peer.cpu()) - before) / requests;
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(url: string): Promise<string> {
    const headers = { cookie: this.#peer.cookie, accept: "application/json" };
    return new Promise((resolve, reject) => {
      get(url, { agent: this.#agent, headers }, (answer) => {
        let body = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          body += chunk;
        });
        answer.on("end", () => resolve(body));
        answer.on("error", reject);
      }).on("error", reject);
    });
  }
}
