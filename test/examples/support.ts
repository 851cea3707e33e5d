/** An example in a process of its own, on the runtime that the test runs on, and where it sends to. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { decodeRequest, type WireSeries } from "../support/remote_write_v1.ts";

/** On which runtime this runs. */
export const RUNTIME: "deno" | "bun" | "node" = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";

/** The bits of a stale marker. */
const STALE = 0x7ff0_0000_0000_0002n;

/** One sample, as the endpoint got it. */
export interface Got {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  /** NaN for a stale marker. */
  readonly value: number;
  readonly isStale: boolean;
}

/** Takes remote write, while it is open. */
export class Endpoint {
  readonly got: Got[] = [];
  readonly #server: Server;
  #isDown = false;
  #heard: () => void = () => {};

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Uint8Array[] = [];
      request.on("data", (chunk: Uint8Array) => chunks.push(chunk)).on("end", () => {
        if (!this.#isDown) this.#take(Buffer.concat(chunks));
        response.writeHead(this.#isDown ? 503 : 204).end();
      });
    });
  }

  async open(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  set isDown(isDown: boolean) {
    this.#isDown = isDown;
  }

  /** The samples of one metric. */
  of(name: string): Got[] {
    return this.got.filter(({ labels }) => labels["__name__"] === name);
  }

  /** Resolves when it has got what is asked for. */
  async until(has: () => boolean): Promise<void> {
    while (!has()) await new Promise<void>((resolve) => this.#heard = resolve);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(body: Uint8Array): void {
    for (const series of decodeRequest(new Uint8Array(body))) this.got.push(...samplesOf(series));
    this.#heard();
  }
}

function samplesOf({ labels, samples }: WireSeries): Got[] {
  const view = new DataView(new ArrayBuffer(8));
  return samples.map(({ timestampMs, valueBits }) => {
    view.setBigUint64(0, valueBits);
    return {
      labels: Object.fromEntries(labels),
      timestampMs: Number(timestampMs),
      value: view.getFloat64(0),
      isStale: valueBits === STALE,
    };
  });
}

/** A directory that is removed at the end. */
export function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "walq-example-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A process that runs an example. */
export class Example {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<number | null>;
  #heard: () => void = () => {};

  constructor(name: string, env: Readonly<Record<string, string>>) {
    const run = RUNTIME === "deno" ? ["run", "-A", "--no-check"] : [];
    const inherited: Record<string, string | undefined> = { ...process.env };
    delete inherited["NODE_TEST_CONTEXT"];
    this.#child = spawn(process.execPath, [...run, prepared(name)], {
      env: { ...inherited, PORT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.#lines.push(line);
        this.#heard();
      });
    }
    this.#ended = once(this.#child, "close").then(([code]) => {
      this.#heard();
      return code as number | null;
    });
  }

  get output(): string {
    return this.#lines.join("\n");
  }

  /** The first group of the pattern, as soon as a line has it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = this.#lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return match[1] ?? match[0];
      const { exitCode, signalCode } = this.#child;
      assert.ok(
        exitCode === null && signalCode === null,
        `ended without ${pattern}: ${this.output}`,
      );
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    process.kill(this.#child.pid!, name);
  }

  /** Resolves when it has ended by itself, well. */
  async ended(): Promise<void> {
    assert.equal(await this.#ended, 0, this.output);
  }

  /** Ends it as power cuts do. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }
}

/** The example as an application would have it, but for where `walq` is. */
function prepared(name: string): string {
  const source = readFileSync(`examples/${name}`, "utf8");
  const built = RUNTIME === "node" ? ["build/", ".js"] : ["", ".ts"];
  const code = source.replaceAll(/from "walq(?:\/([\w-]+))?"/g, (_, entry: string = "mod") => {
    const file = `${built[0]}${entry.replace("-", "_")}${built[1]}`;
    return `from "${pathToFileURL(file).href}"`;
  });
  assert.notEqual(code, source);
  // Below the project, where its packages are found.
  const directory = preparedDirectory();
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/${name}`, code);
  return `${directory}/${name}`;
}

function preparedDirectory(): string {
  return `build/examples/${RUNTIME}-${process.pid}`;
}

/** What was prepared is not needed any more. */
export function removePrepared(): void {
  rmSync(preparedDirectory(), { recursive: true, force: true });
}
