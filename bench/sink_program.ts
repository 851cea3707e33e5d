import process from "node:process";
import { Program } from "../test/peers/support/program.ts";
import { freePort } from "../test/peers/support/scratch.ts";
import type { SinkCounts } from "./sink.ts";

/** The sink, as its process is seen from outside. */
export class SinkProgram {
  readonly program: Program;
  readonly #origin: string;

  private constructor(program: Program, origin: string) {
    this.program = program;
    this.#origin = origin;
  }

  static async start(): Promise<SinkProgram> {
    const port = await freePort();
    const program = new Program([process.execPath, "build/bench/sink.js", String(port)]);
    const sink = new SinkProgram(program, `http://127.0.0.1:${port}`);
    await program.ready(`${sink.#origin}/counts`);
    return sink;
  }

  get url(): string {
    return `${this.#origin}/api/v1/write`;
  }

  /** So many endpoints, which are counted together. */
  urls(count: number): string[] {
    return Array.from(
      { length: count },
      (_, index) => index === 0 ? this.url : `${this.url}/${index}`,
    );
  }

  async counts(): Promise<SinkCounts> {
    return await (await fetch(`${this.#origin}/counts`)).json() as SinkCounts;
  }

  async goDown(): Promise<void> {
    await fetch(`${this.#origin}/down`, { method: "POST" });
  }

  /** It takes what comes and answers late. */
  async slowDown(): Promise<void> {
    await fetch(`${this.#origin}/slow`, { method: "POST" });
  }

  async comeUp(): Promise<void> {
    await fetch(`${this.#origin}/up`, { method: "POST" });
  }
}
