/** A small disk of its own: a tmpfs, which is full, read-only and back again like any other. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { until } from "./until.ts";

const FILLER = "filler";

const mounted = new Set<Tmpfs>();
process.on("exit", () => {
  for (const disk of mounted) disk.unmount();
});

/** Why nothing can be mounted here; false when it can. */
export function whyNoTmpfs(): string | false {
  if (process.platform !== "linux") return "no tmpfs on this platform";
  try {
    Tmpfs.mount("probe", 1 << 20).unmount();
    return false;
  } catch (error) {
    const { message } = error as Error;
    // The line behind it only says where more is to be read.
    return `no tmpfs: ${/^mount: .*/m.exec(message)?.[0] ?? message}`;
  }
}

export class Tmpfs {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static mount(name: string, bytes: number): Tmpfs {
    const path = mkdtempSync(join(tmpdir(), `walq-${name}-`));
    try {
      mount(["-t", "tmpfs", "-o", `size=${bytes}`, "walq-test", path]);
    } catch (error) {
      rmdirSync(path);
      throw error;
    }
    const disk = new Tmpfs(path);
    mounted.add(disk);
    return disk;
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all room but so many bytes. */
  fillUpTo(freeBytes: number): void {
    writeFileSync(join(this.path, FILLER), new Uint8Array(this.freeBytes - freeBytes));
  }

  removeFiller(): void {
    rmSync(join(this.path, FILLER));
  }

  /** Waits for the moment in which nobody has a file open for writing. */
  async makeReadOnly(): Promise<void> {
    await until(`${this.path} becomes read-only`, () => {
      try {
        mount(["-o", "remount,ro", this.path]);
        return true;
      } catch {
        return false;
      }
    });
  }

  makeWritable(): void {
    mount(["-o", "remount,rw", this.path]);
  }

  /** Does no harm when it is done twice. */
  unmount(): void {
    if (!mounted.delete(this)) return;
    // Lazily: also when a program that hangs has a file open there.
    spawnSync("umount", ["-l", this.path]);
    rmdirSync(this.path);
  }
}

function mount(args: readonly string[]): void {
  execFileSync("mount", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
