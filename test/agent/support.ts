import { toResponse } from "../../src/receive/brief_answer.ts";
import { NOTHING_DROPPED } from "../../src/types.ts";
import { samplesOnly } from "../support/counts.ts";
import type {
  BatchCounts,
  DropChoice,
  FileSystem,
  Logger,
  PageParser,
  PassedOver,
  Platform,
  RejectedRequest,
  ReplayChoice,
  ReplayedBatches,
  RetriedRequests,
} from "../../src/contracts.ts";
import { App, type AppOptions } from "../../src/agent/app.ts";
import type {
  AgentHost,
  Answer,
  Handler,
  Incoming,
  Listener,
  ListenerStats,
  ListenOptions,
  OutputName,
  Signal,
} from "../../src/agent/host.ts";
import type { ConfigSource, ReadSource, SourceBytes } from "../../src/agent/config/source.ts";
import type { AppenderLike, QueueLike } from "../../src/agent/queue_like.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import type { QueueOptions } from "../../src/options.ts";
import { EndpointStats } from "../../src/stats/endpoint_stats.ts";
import type { QueueSnapshot } from "../../src/stats/queue_stats.ts";
import type { ServerTls } from "../../src/agent/web/server_tls.ts";
import type { WriteResult } from "../../src/types.ts";

export const ACCEPTED: WriteResult = {
  accepted: 1,
  kinds: samplesOnly(1),
  expired: 0,
  invalid: 0,
  unsupported: 0,
};

/** A promise and who settles it; Node 20 has no `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((...ends) => [resolve, reject] = ends);
  return { promise, resolve, reject };
}

export const NOBODY_CONNECTED: ListenerStats = {
  connections: 0,
  refusedTotal: 0,
  slowTotal: 0,
  reopenedTotal: 0,
};

/** The program's HTTP side, of what a test cares for. */
export function makeApp(of: {
  logger: Logger;
  platform?: AppOptions["platform"];
  lifecycle?: AppOptions["lifecycle"];
  pageHost?: AppOptions["pageHost"];
  hasAdminApi?: boolean;
  server?: Partial<AppOptions["server"]>;
}): App {
  return new App({
    platform: new MemoryPlatform(),
    usage: () => ({ cpuSeconds: 0, residentBytes: 0 }),
    logLinesLost: () => 0,
    hostname: "host",
    ...of,
    server: { allowedHosts: [], readingBytesMax: 1_000_000, ...of.server },
  });
}

/** Asks as a client would: the body comes as the server hands it on, chunk by chunk. */
export async function ask(
  handler: Handler,
  request: Request,
  hostname: string | undefined = "127.0.0.1",
): Promise<Response> {
  const { method, url, headers } = request;
  const incoming = incomingOf(request.body, hostname);
  return responseOf(await handler(new Request(url, { method, headers }), incoming));
}

/** What a client makes of the answer. */
export function responseOf(answer: Answer): Response {
  return answer instanceof Response ? answer : toResponse(answer);
}

function incomingOf(
  body: ReadableStream<Uint8Array> | null,
  hostname: string | undefined,
): Incoming {
  return {
    from: "192.0.2.1",
    hostname,
    readChunks: async (take) => {
      // Leaving the loop cancels the stream.
      for await (const chunk of body ?? []) take(chunk);
    },
  };
}

/** A queue in memory that does as it is told and remembers what it was asked. */
export class FakeQueue implements QueueLike {
  readonly written: Uint8Array[] = [];
  readonly scraped: Uint8Array[] = [];
  readonly updates: QueueOptions[] = [];
  readonly closed: (number | undefined)[] = [];
  readonly endpoint: EndpointStats = new EndpointStats({
    nowMs: () => Date.UTC(2026, 10, 20),
    monotonicMs: () => 0,
  });
  url = "https://mimir.example/api/v1/push";
  /** Answers a write. */
  onWrite: () => Promise<WriteResult> = () => Promise.resolve(ACCEPTED);
  onClose: () => Promise<void> = () => Promise.resolve();
  onUpdate: () => Promise<void> = () => Promise.resolve();

  appender(): AppenderLike {
    return {
      append: () => 1,
      appendStale: () => 1,
      appendHistogram: () => 1,
      appendExemplar: () => 1,
      updateMetadata: () => {},
      commit: () => Promise.resolve(ACCEPTED),
    };
  }

  write(bytes: Uint8Array): Promise<WriteResult> {
    this.written.push(bytes);
    return this.onWrite();
  }

  readonly handlesOf = 0;

  takeScraped(bytes: Uint8Array): { readonly handles?: Uint8Array } | undefined {
    this.scraped.push(bytes.slice());
    return {};
  }

  commitAppended(bytes: Uint8Array): Promise<WriteResult> {
    this.scraped.push(bytes);
    return Promise.resolve(ACCEPTED);
  }

  writeAppended(bytes: Uint8Array): Promise<WriteResult> {
    this.written.push(bytes);
    return this.onWrite();
  }

  unpackBody(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  get pages(): PageParser {
    throw new Error("a fake queue reads no pages");
  }

  stats(): QueueSnapshot {
    const totals = { batches: 2, bytes: 300, signals: 40, uncounted: 5 };
    const of = { name: "mimir", url: this.url, shards: 4, batchCountMax: 1_000, totals };
    return {
      dataPath: "/data",
      bufferedSignals: 7,
      refused: { ttl: 1, invalid: 2, unsupported: 3 },
      dropped: NOTHING_DROPPED,
      storeFailing: false,
      storeFailure: undefined,
      dataPathLost: undefined,
      stream: undefined,
      clock: { state: "unconfirmed", aheadMs: 0, aheadOfSendersMs: undefined },
      forgottenSignals: 3,
      orphans: [
        { name: "old", batches: 9, drainsTo: "mimir" },
        { name: "older", batches: 2, drainsTo: undefined },
      ],
      endpoints: [this.endpoint.snapshot(of)],
    };
  }

  rejected(): Promise<readonly RejectedRequest[]> {
    return Promise.resolve([]);
  }

  damagedRejected(): Promise<PassedOver> {
    return Promise.resolve({ damaged: 0, damagedFiles: [] });
  }

  retryRejected(): Promise<RetriedRequests> {
    return Promise.resolve({
      requests: 0,
      signals: 0,
      damaged: 0,
      damagedFiles: [],
      unknownIds: [],
    });
  }

  replay(_choice: ReplayChoice): Promise<ReplayedBatches> {
    return Promise.resolve({ batches: 0, signals: 0, damaged: 0, damagedFiles: [] });
  }

  dropBefore(_choice: DropChoice): Promise<BatchCounts> {
    return Promise.resolve({ batches: 0, signals: 0 });
  }

  update(options: QueueOptions): Promise<void> {
    this.updates.push(options);
    return this.onUpdate();
  }

  close(options: { graceMs?: number } = {}): Promise<void> {
    this.closed.push(options.graceMs);
    return this.onClose();
  }
}

/** A runtime in memory: its port is a function, its signals come when a test says so. */
export class FakeHost implements AgentHost {
  readonly platform: Platform & MemoryPlatform;
  readonly args: readonly string[];
  readonly directory = "/work";
  readonly hostname = "host";
  readonly scrapesMax = 512;
  /** What was appended to files, by path. */
  readonly appended: Map<string, string> = new Map();
  readonly queue: FakeQueue = new FakeQueue();
  readonly environment: Map<string, string> = new Map();
  readonly outLines: string[] = [];
  readonly errLines: string[] = [];
  /** What commands have printed, as it is. */
  readonly printed: { stdout: string; stderr: string } = { stdout: "", stderr: "" };
  /** Columns of the terminals that its outputs go to. */
  readonly columns: { stdout?: number; stderr?: number } = {};
  readonly exits: number[] = [];
  /** What happened, in order. */
  readonly events: string[] = [];
  handler: Handler | undefined;
  /** What it was asked to listen with. */
  listening: ListenOptions | undefined;
  /** As of a process: those that come before somebody listens wait for who does. */
  signal: (signal: Signal) => void = (signal) => this.#early.add(signal);
  readonly #early = new Set<Signal>();
  /** In place of a configuration file. */
  source: SourceBytes | undefined;
  onRead: () => Promise<void> = () => Promise.resolve();
  onListen: () => Promise<void> = () => Promise.resolve();
  onOpen: () => Promise<void> = () => Promise.resolve();
  onStop: () => Promise<void> = () => Promise.resolve();
  readonly #ready: Deferred<void> = deferred();

  constructor(args: readonly string[], platform: MemoryPlatform = new MemoryPlatform()) {
    this.args = args;
    this.platform = platform;
  }

  /** Resolves when the log says that the program is ready. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  print(output: OutputName, text: string): Promise<void> {
    this.printed[output] += text;
    return Promise.resolve();
  }

  columnsOf(output: OutputName): number | undefined {
    return this.columns[output];
  }

  async openQueue(_options: QueueOptions, _logger: Logger): Promise<QueueLike> {
    await this.onOpen();
    this.events.push("open");
    return this.queue;
  }

  out(line: string): void {
    this.outLines.push(line);
  }

  readonly err = (line: string): void => {
    this.errLines.push(line);
    if (line.includes("walq is ready")) this.#ready.resolve();
  };

  readonly env = (name: string): string | undefined => this.environment.get(name);

  readonly readSource: ReadSource = async (path, bytesMax) => {
    await this.onRead();
    return this.source ?? await readFrom(this.platform.files)(path, bytesMax);
  };

  /** What comes through standard input. */
  input: Uint8Array[] = [];

  async *readInput(): AsyncGenerator<Uint8Array> {
    yield* await Promise.resolve(this.input);
  }

  readonly appendText = (path: string, text: string): Promise<void> => {
    this.appended.set(path, (this.appended.get(path) ?? "") + text);
    return Promise.resolve();
  };

  /** What somebody types, question by question; undefined where nobody does. */
  readonly answers: string[] = [];
  readonly questions: string[] = [];

  ask(question: string): Promise<string | undefined> {
    this.questions.push(question);
    return Promise.resolve(this.answers.shift());
  }

  describeLost(): void {}

  readonly logLinesLost = (): number => 0;

  onSignal(listener: (signal: Signal) => void): void {
    this.signal = listener;
    for (const signal of this.#early) listener(signal);
    this.#early.clear();
  }

  async listen(options: ListenOptions): Promise<Listener> {
    await this.onListen();
    this.events.push("listen");
    this.handler = options.handler;
    this.listening = options;
    return {
      addresses: options.addresses.map((address) =>
        "port" in address ? { ...address, port: address.port || 40_000 } : address
      ),
      stats: () => NOBODY_CONNECTED,
      stop: async () => {
        this.events.push("stop");
        await this.onStop();
      },
      kill: () => {
        this.events.push("kill");
        return Promise.resolve();
      },
    };
  }

  readonly checkTls = (tls: ServerTls): ServerTls => tls;

  readonly usage = (): { cpuSeconds: number; residentBytes: number } => {
    return { cpuSeconds: 1.5, residentBytes: 1_000_000 };
  };

  exit(code: number): void {
    this.exits.push(code);
  }
}

/** Reads configurations out of a file system. */
export function readFrom(files: FileSystem): ReadSource {
  return async (path, bytesMax) => {
    return { bytes: await files.read(path, bytesMax), isPlainFile: true };
  };
}

/** A configuration file in a file system, without an environment. */
export function sourceOf(
  files: FileSystem,
  path: string,
  sets: readonly string[] = [],
): ConfigSource {
  const { openHttp, compressZstd } = new MemoryPlatform();
  const host = { files, openHttp, compressZstd };
  return { host, path, sets, read: readFrom(files), env: () => undefined };
}

/** Puts a text into the file system of a host. */
export async function putFile(host: FakeHost, path: string, text: string): Promise<void> {
  const directory = path.slice(0, path.lastIndexOf("/"));
  await host.platform.files.makeDirectory(directory);
  const bytes = new TextEncoder().encode(text);
  await host.platform.files.remove(path).catch(() => {});
  await host.platform.files.writeAndSync(path, [bytes]);
}
