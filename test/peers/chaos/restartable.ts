import { setTimeout as delay } from "node:timers/promises";
import type { NatsServer } from "../support/nats.ts";
import { type AnyRuntime, WalqProgram } from "../support/walq.ts";

const BETWEEN_MS = 1_000;

/** Something that is killed, and begins again as its supervisor has it do. */
export interface Restartable {
  readonly name: string;
  readonly kind: "intake" | "sender" | "server";
  kill(): Promise<void>;
  begin(): Promise<void>;
}

/** A server of NATS, with its place among them. */
export function restartable(server: NatsServer, at: number): Restartable {
  return {
    name: `server ${at}`,
    kind: "server",
    kill: () => server.kill(),
    begin: () => server.begin(),
  };
}

/** `walq run`; while it cannot start it is started again and again. */
export class RestartedWalq implements Restartable {
  readonly name: string;
  readonly kind: "intake" | "sender";
  readonly #runtime: AnyRuntime;
  readonly #config: string;
  #walq: WalqProgram | undefined;
  readonly url: string;
  /** It ended by itself so often. */
  failedStarts = 0;

  constructor(
    name: string,
    kind: "intake" | "sender",
    { runtime, config, port }: { runtime: AnyRuntime; config: string; port: number },
  ) {
    this.name = name;
    this.kind = kind;
    this.#runtime = runtime;
    this.#config = config;
    this.url = `http://127.0.0.1:${port}/api/v1/write`;
  }

  get output(): string {
    return this.#walq?.program.output ?? "";
  }

  async metric(name: string): Promise<number> {
    return await this.#walq?.metric(name) ?? NaN;
  }

  async kill(): Promise<void> {
    await this.#walq?.program.stop("SIGKILL");
    this.#walq = undefined;
  }

  async begin(): Promise<void> {
    while (this.#walq === undefined) {
      try {
        this.#walq = await WalqProgram.start(this.#runtime, this.#config);
      } catch {
        this.failedStarts++;
        await delay(BETWEEN_MS);
      }
    }
  }

  async stop(): Promise<void> {
    await this.#walq?.program.stop();
  }
}
