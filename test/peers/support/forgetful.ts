import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { buildByGo, type BuiltByGo } from "./built_by_go.ts";
import { Program } from "./program.ts";
import { freePort } from "./scratch.ts";

/** Where the kernel offers file systems to programs. */
const FUSE = "/dev/fuse";

const mounted = new Set<string>();
process.on("exit", () => {
  for (const path of mounted) unmount(path);
});

/** Builds the disk that forgets (`test/peers/forgetful`), or says why there is none. */
export function buildForgetful(): BuiltByGo {
  if (!existsSync(FUSE)) return { path: "", skip: `there is no ${FUSE}` };
  if (process.getuid?.() !== 0) return { path: "", skip: "only root may mount a disk" };
  return buildByGo("forgetful");
}

/**
 * A disk of its own, which keeps over a power cut what was fsynced and nothing else.
 * Processes that use it are to be killed between `cut` and `powerOn`: they would not
 * have survived either.
 */
export class ForgetfulDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly program: Program;
  readonly #origin: string;

  private constructor(path: string, program: Program, origin: string) {
    this.path = path;
    this.program = program;
    this.#origin = origin;
  }

  static async mount({ path: program }: BuiltByGo): Promise<ForgetfulDisk> {
    const path = mkdtempSync(join(tmpdir(), "walq-forgetful-"));
    mounted.add(path);
    const address = `127.0.0.1:${await freePort()}`;
    const running = new Program([program, `-listen=${address}`, `-mount=${path}`]);
    await running.ready(`http://${address}/ready`);
    return new ForgetfulDisk(path, running, `http://${address}`);
  }

  /** Each fsync takes so long from now on, any number side by side. */
  async slowDown(fsyncMs: number): Promise<void> {
    await this.#tell("POST", `/delay?fsync=${fsyncMs}ms`);
  }

  /** The power fails: every call fails, also those that wait for an fsync. */
  async cut(): Promise<void> {
    await this.#tell("POST", "/cut");
  }

  /** It is back, with what was kept. */
  async powerOn(): Promise<void> {
    await this.#tell("POST", "/mount");
  }

  /** How many fsyncs came to their end since the power was on. */
  async fsyncs(): Promise<{ readonly files: number; readonly directories: number }> {
    return JSON.parse(await this.#tell("GET", "/fsyncs"));
  }

  /** Also while a process has a file open there. */
  async unmount(): Promise<void> {
    await this.program.stop();
    unmount(this.path);
  }

  async #tell(method: string, path: string): Promise<string> {
    const answer = await fetch(this.#origin + path, { method });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text;
  }
}

/** Does no harm when it is done twice. */
function unmount(path: string): void {
  if (!mounted.delete(path)) return;
  // The program does it when it may; one that was killed leaves the name behind.
  spawnSync("umount", ["-l", path]);
  rmdirSync(path);
}
