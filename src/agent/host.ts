import type { Logger, Platform } from "../contracts.ts";
import type { AppendText } from "../scrape/failure_log.ts";
import type { QueueOptions } from "../options.ts";
import type { BriefAnswer } from "../receive/brief_answer.ts";
import type { IncomingBody } from "../receive/incoming.ts";
import type { Environment } from "./config/environment.ts";
import type { ReadSource } from "./config/source.ts";
import type { ListenAddress } from "./listen_address.ts";
import type { QueueLike } from "./queue_like.ts";
import type { ServerTls, TlsInForce } from "./web/server_tls.ts";

/** All that the program asks of the runtime beyond {@link Platform}: one small file a runtime, and one for tests. */
export interface AgentHost {
  readonly platform: Platform;
  /** The command line, without the runtime and the program. */
  readonly args: readonly string[];
  /** Where the process runs: a path of the command line is from there. */
  readonly directory: string;
  readonly env: Environment;
  /** The name of the host. */
  readonly hostname: string;
  readonly readSource: ReadSource;
  /** What standard input gives, once and to its end; each chunk is the reader's to keep. */
  readInput(): AsyncIterable<Uint8Array>;
  openQueue(options: QueueOptions, logger: Logger): Promise<QueueLike>;
  /** Scrapes that may be under way at once. */
  readonly scrapesMax: number;
  /** Appends a text to a file, which is made if it is not there. */
  readonly appendText: AppendText;
  /** A line to standard output. Neither throws nor waits: a line that cannot be written is lost. */
  out(line: string): void;
  /** The same, to standard error. */
  err(line: string): void;
  /**
   * Prints a text as it is, for commands whose output is what they are for: resolves when the
   * reader has taken it, and rejects when it does not.
   */
  print(output: OutputName, text: string): Promise<void>;
  /** How wide the terminal is that an output goes to; undefined where it goes to none. */
  columnsOf(output: OutputName): number | undefined;
  /**
   * Asks who sits before the terminal that standard input is; undefined where it is none, or it
   * ends before there is an answer.
   */
  ask(question: string): Promise<string | undefined>;
  /** The line by which standard error, when it works again, tells how many it has lost. */
  describeLost(describe: (lines: number) => string): void;
  /** Lines to standard error that were lost. */
  logLinesLost(): number;
  /** The latest listener gets every signal, and those that came before there was one. */
  onSignal(listener: (signal: Signal) => void): void;
  /** @throws {WalqError} when the address cannot be listened on. */
  listen(options: ListenOptions): Promise<Listener>;
  /**
   * The settings with no more in them than what is used.
   *
   * @throws {ServerTlsError} for what the runtime cannot do, and for certificates that are none.
   */
  checkTls(tls: ServerTls): ServerTls;
  usage(): ProcessUsage;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** What a process prints to. */
export type OutputName = "stdout" | "stderr";

/** Ends the program (the first two), or reloads its configuration. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What comes with a request beside its head, which is a `Request` without a body. */
export interface Incoming extends IncomingBody {
  /** The client's address. */
  readonly from: string;
  /** Whom the web configuration file knows it as; undefined where that knows no users. */
  readonly user?: string | undefined;
  /** The name or address of this host that was listened on; a socket of Unix has none. */
  readonly hostname: string | undefined;
  /** The address of this host at which the connection came in, where it is known. */
  readonly localAddress?: string | undefined;
}

/** Answers a request. */
export type Handler = (request: Request, incoming: Incoming) => Answer | Promise<Answer>;

/** What costs as much as it says, where that is little, or what the router makes. */
export type Answer = Response | BriefAnswer;

/** Where to listen, and who answers. */
export interface ListenOptions {
  readonly addresses: readonly ListenAddress[];
  readonly handler: Handler;
  readonly logger: Logger;
  /** Clients at once, over all addresses; as many as the process has the descriptors for if there is no less. */
  readonly connectionsMax?: number | undefined;
  /** The longest that a client may take for the head of a request, in milliseconds, if that is less than the own bounds. */
  readonly readMsMax?: number | undefined;
  /** Clients come by TLS alone. */
  readonly tls?: TlsInForce | undefined;
}

/** Where it is listened. */
export interface Listener {
  /** In the order of the options, with the ports that are taken. */
  readonly addresses: readonly ListenAddress[];
  stats(): ListenerStats;
  /** Takes no more connections; resolves when the requests under way are answered. */
  stop(): Promise<void>;
  /** Cuts what is left. */
  kill(): Promise<void>;
}

/** Who is and was connected. */
export interface ListenerStats {
  readonly connections: number;
  /** Those that were one too many. */
  readonly refusedTotal: number;
  /** Those that were cut because they did not get on. */
  readonly slowTotal: number;
  /** How often a port had to be opened anew. */
  readonly reopenedTotal: number;
}

/** What the process has used. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}
