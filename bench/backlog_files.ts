import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { Sender } from "../test/peers/support/send.ts";
import { dataPathOf, WalqProgram, writeConfig } from "../test/peers/support/walq.ts";
import { ids } from "../test/peers/support/workload.ts";
import { RequestTemplate } from "../test/peers/support/write_request.ts";
import { podLabels } from "./pods.ts";
import { SinkProgram } from "./sink_program.ts";

/** Different files; the others are copies of them. */
const FILES = 10;
const ENDPOINT = "peer";

/**
 * Lets walq write some files, each with so many samples of as many series, and
 * returns their bytes.
 */
export async function writeFiles(samplesAFile: number): Promise<readonly Uint8Array[]> {
  const sink = await SinkProgram.start();
  await sink.goDown();
  const directory = scratchDirectory("backlog-files");
  const config = await writeConfig({ directory, url: sink.url });
  const walqArgs = ["--shutdown-grace", "0s"];
  const walq = await WalqProgram.start("node", config, { walqArgs });
  const sender = new Sender(walq.writeUrl);
  for (let file = 0; file < FILES; file++) {
    const series = ids(file * samplesAFile, samplesAFile).map(podLabels);
    const body = new RequestTemplate(series).fill(Date.now(), (row) => row * Math.PI);
    // The answer comes when the file is there: the next request has one of its own.
    const { status, text } = await sender.send(body);
    if (status !== 204) throw new Error(`answered ${status}: ${text}`);
  }
  sender.close();
  await walq.program.stop("SIGTERM");
  await sink.program.stop();
  const wal = walOf(directory);
  const files = readdirSync(wal).map((name) => readFileSync(join(wal, name)));
  rmSync(directory, { recursive: true });
  return files;
}

/** Puts so many files into the queue of a walq that does not run: copies, in order. */
export function fillQueue(directory: string, files: readonly Uint8Array[], count: number): void {
  const wal = walOf(directory);
  mkdirSync(wal, { recursive: true });
  for (let id = 1; id <= count; id++) {
    writeFileSync(join(wal, `${id}.committed`), files[id % files.length]!);
  }
  // What walq itself would have left: up to here ids are in use.
  if (count > 0) writeFileSync(join(wal, "..", `${count}.reserved`), "");
}

/**
 * Takes the files out of the page cache, as after a reboot. False where this
 * system has no dd that can.
 */
export function forgetFiles(directory: string): boolean {
  const { status } = spawnSync("sh", ["-c", FORGET], { cwd: walOf(directory), stdio: "ignore" });
  return status === 0;
}

/** What is not written back yet would stay. */
const FORGET = "for file in *; do " +
  'dd if=/dev/null of="$file" oflag=nocache conv=notrunc,fdatasync count=0 || exit 1; done';

function walOf(directory: string): string {
  return join(dataPathOf(directory), ENDPOINT, "wal");
}
