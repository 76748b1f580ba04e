import { randomBytes } from "node:crypto";
import type { GrantStore } from "express-autogpt";
import { postgresGrants } from "express-autogpt/postgres";
import { redisGrants } from "express-autogpt/redis";
import type { Pool } from "pg";

/** The stores that several processes can share, by the driver that reaches them. */
export const STORE_KINDS = ["node-redis", "ioredis", "postgres"] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** Plain values, so that they can be handed to another process. */
export interface StoreSettings {
  readonly kind: StoreKind;
  /** Where the store listens; default: its own port, without a proxy in between. */
  readonly port?: number;
  /** PostgreSQL's table. Redis keys carry the application, which each suite makes for itself. */
  readonly table: string;
  /** ioredis sends again what was under way when the connection ended; default `true`, as there. */
  readonly resend?: boolean;
}

export interface OpenStore {
  readonly store: GrantStore;
  close(): Promise<void>;
}

export const portOf = (kind: StoreKind) => (kind === "postgres" ? 5432 : 6379);

/** A table that no other run uses. */
export const newTable = () => `grants_${randomBytes(6).toString("hex")}`;

export async function postgresPool(port = portOf("postgres"), max = 10): Promise<Pool> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ host: "127.0.0.1", port, user: "postgres", database: "test", max });
  pool.on("error", () => {}); // a connection that ends while nobody uses it, as the docs say
  return pool;
}

/** A connection of its own to the store, as another process has it. */
export async function openStore({ kind, port = portOf(kind), ...rest }: StoreSettings): Promise<OpenStore> {
  return opening[kind](port, rest);
}

// Each driver is loaded by those who use it: a worker begins in a second on a machine that has time.
const opening: Record<
  StoreKind,
  (port: number, settings: Pick<StoreSettings, "table" | "resend">) => Promise<OpenStore>
> = {
  async "node-redis"(port) {
    const { createClient } = await import("redis");
    const client = createClient({
      url: `redis://127.0.0.1:${port}`,
      socket: { reconnectStrategy: (retries) => Math.min(20 * 2 ** retries, 500) },
    });
    client.on("error", () => {});
    await client.connect();
    return { store: redisGrants(client), close: async () => void (await client.close()) };
  },
  async ioredis(port, { resend = true }) {
    const { Redis } = await import("ioredis");
    const client = new Redis({ host: "127.0.0.1", port, autoResendUnfulfilledCommands: resend });
    client.on("error", () => {});
    return { store: redisGrants(client), close: async () => void (await client.quit()) };
  },
  async postgres(port, { table }) {
    const pool = await postgresPool(port);
    return { store: postgresGrants(pool, { table }), close: () => pool.end() };
  },
};
