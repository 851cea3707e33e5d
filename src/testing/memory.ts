import type {
  AskDns,
  ConnectionSettings,
  Decompress,
  DecompressZstd,
  Environment,
  LivenessSocket,
  LivenessSockets,
  OpenHttp,
  OpenStream,
  Platform,
  ProcessTable,
  Random,
} from "../contracts.ts";
import { decompressGzip } from "../platform/gzip.ts";
import { compressZstd, decompressZstd } from "../platform/zstd.ts";
import { unlessAborted } from "../unless_aborted.ts";
import { type FileFault, MemoryFileSystem } from "./memory_files.ts";
import { MemoryStreams } from "./memory_streams.ts";
import { type EndpointScript, ScriptedHttpClient } from "./scripted_http.ts";
import { ProcessClock, VirtualClock } from "./virtual_clock.ts";

export { type FileFault, type FileStep, MemoryFileSystem } from "./memory_files.ts";
export {
  MemoryStream,
  type MemoryStreamFault,
  type MemoryStreamOptions,
  type MemoryStreamStep,
} from "./memory_stream.ts";
export { MemoryStreams, type OpenFault } from "./memory_streams.ts";
export {
  type EndpointScript,
  makeAnswer,
  type ScriptedAnswer,
  ScriptedHttpClient,
} from "./scripted_http.ts";
export { VirtualClock } from "./virtual_clock.ts";

/** What a {@link MemoryPlatform} is made of. */
export interface MemoryOptions {
  /** Drives `random` and what a crash keeps. @default 1 */
  readonly seed?: number;
  /** Makes steps of the disk fail, or holds them. */
  readonly fault?: FileFault;
  /** A write that would take more fails with `no_space`. @default 1 TiB */
  readonly capacityBytes?: number;
  /** Plays the endpoints. @default every request gets a 200 */
  readonly script?: EndpointScript;
  /** Plays the name servers. @default none answers */
  readonly askDns?: AskDns;
  /** Where the clock begins, in milliseconds since the epoch. @default 2025-01-01 */
  readonly startMs?: number;
}

/** A host in memory: time passes when told, files crash, endpoints follow a script. */
export class MemoryPlatform implements Platform {
  /** Shown in metrics and in the log. */
  readonly name = "memory";
  /** The disk. */
  readonly files: MemoryFileSystem;
  /** The network: what an endpoint answers is its `script`. */
  readonly http: ScriptedHttpClient;
  /** The settings by which clients were opened, in order: the same script answers them. */
  readonly openedHttp: ConnectionSettings[] = [];
  /** Name servers; may be replaced at any time. */
  askDns: AskDns;
  /** What the process sees of `time`. */
  readonly clock: ProcessClock;
  /** Told to pass by `time.advance(ms)`; goes on over a crash. */
  readonly time: VirtualClock;
  /** Depends on the seed alone. */
  readonly random: Random;
  /** This process, and others that a test puts in. */
  readonly processes: MemoryProcessTable;
  /** All are closed after a crash. */
  readonly livenessSockets: MemoryLivenessSockets = new MemoryLivenessSockets();
  /** What a test puts in; the next process has them, too. */
  readonly variables: Map<string, string>;
  /** What `variables` has. */
  readonly env: Environment = (name) => this.variables.get(name);
  /** What the runtime has that the test runs on. */
  readonly decompressZstd: DecompressZstd | undefined = decompressZstd;
  /** That of the runtime. */
  readonly compressZstd: Platform["compressZstd"] = compressZstd;
  /** That of the runtime. */
  readonly decompressGzip: Decompress = decompressGzip;
  /** The servers of streams: they are on other hosts, and outlive this one. */
  readonly streams: MemoryStreams;
  #isCrashed = false;

  /** `survivor` and `files` are what {@link MemoryPlatform.crash} leaves to the next process. */
  constructor(options: MemoryOptions = {}, survivor?: MemoryPlatform, files?: MemoryFileSystem) {
    this.files = files ?? new MemoryFileSystem(options);
    this.http = new ScriptedHttpClient(survivor?.http.script ?? options.script);
    this.askDns = survivor?.askDns ?? options.askDns ?? silentServers;
    this.time = survivor?.time ?? new VirtualClock(options.startMs);
    this.variables = survivor?.variables ?? new Map();
    this.clock = new ProcessClock(this.time);
    this.random = survivor?.random ?? seededRandom(options.seed ?? 1);
    this.processes = new MemoryProcessTable((survivor?.processes.pid ?? 0) + 1);
    this.streams = survivor?.streams ?? new MemoryStreams(() => this.time.nowMs());
  }

  /** Opens one of `streams`. */
  readonly openStream: OpenStream = (settings) =>
    this.streams.open(settings, () => this.#isCrashed);

  /** A client that the script answers, too. */
  readonly openHttp: OpenHttp = (settings) => {
    this.openedHttp.push(settings);
    return {
      exchange: (request, signal) => this.http.exchange(request, signal),
      close: () => Promise.resolve(),
    };
  };

  /**
   * Kills the process and the power: what ran on this platform freezes, its timers
   * and answers never come. The next process runs on what is returned: the same
   * time, random and script, and the files that survived. By default they are
   * torn by lot; `"worst"` loses all that was not synced, `"all"` loses nothing, as
   * when the process alone is killed.
   */
  crash(survival: "random" | "worst" | "all" = "random"): MemoryPlatform {
    this.http.cut();
    this.clock.kill();
    this.#isCrashed = true;
    const keepAll = (): number => 1 - 2 ** -32;
    const lots = { random: this.random, worst: undefined, all: keepAll };
    const files = this.files.crash(lots[survival]);
    return new MemoryPlatform({}, this, files);
  }
}

const silentServers: AskDns = (_server, _query, _transport, signal) =>
  unlessAborted(new Promise<never>(() => {}), signal);

/** One process, and such others as a test puts in. */
export class MemoryProcessTable implements ProcessTable {
  /** The id of this process; the next one has an id that is one higher. */
  readonly pid: number;
  /** Marks by process id. */
  readonly marks: Map<number, string>;

  /** Knows this process alone. */
  constructor(pid: number = 1) {
    this.pid = pid;
    this.marks = new Map([[pid, `memory:${pid}`]]);
  }

  /** What `marks` has. */
  mark(pid: number): Promise<string | undefined> {
    return Promise.resolve(this.marks.get(pid));
  }
}

/** The liveness sockets of one host; a test may give two processes the same. */
export class MemoryLivenessSockets implements LivenessSockets {
  /** The sockets that are listened on. */
  readonly paths: Set<string> = new Set();

  /** Always succeeds. */
  listen(path: string): Promise<LivenessSocket | undefined> {
    this.paths.add(path);
    const close = (): Promise<void> => {
      this.paths.delete(path);
      return Promise.resolve();
    };
    return Promise.resolve({ close });
  }

  /** What `paths` says. */
  isListening(path: string): Promise<boolean | undefined> {
    return Promise.resolve(this.paths.has(path));
  }
}

/** Numbers that depend on the seed alone: mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
