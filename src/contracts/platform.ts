import type { OpenStream } from "./stream.ts";
import type { TlsSettings } from "./tls.ts";

/** One name in a directory. */
export interface DirectoryEntry {
  /** Without the directory. */
  readonly name: string;
  /** `other` is what is neither a plain file nor a directory. A runtime may have to look it up: judge by the name first, which costs nothing. */
  readonly kind: "file" | "directory" | "other";
}

/** The beginning of a file. */
export interface FileHead {
  /** Its first bytes. */
  readonly bytes: Uint8Array;
  /** The size of the whole file. */
  readonly fileBytes: number;
}

/**
 * Primitives of a file system, without policy: atomic replacement, retries and
 * order are written once, above. Every method throws {@link FileSystemError}.
 */
export interface FileSystem {
  /** Reads a file, or its first `bytesMax` bytes. What is no plain file is refused (`io`), and never waited for. */
  read(path: string, bytesMax?: number): Promise<Uint8Array>;
  /**
   * Reads a whole file, into `buffer` if it is large enough: then what is returned is
   * a part of that. One of more than `bytesMax` bytes is `too_large`, and not read.
   */
  readWhole(path: string, bytesMax: number, buffer?: Uint8Array): Promise<Uint8Array>;
  /** Reads a file's first `bytesMax` bytes, and tells how many it has. */
  readHead(path: string, bytesMax: number): Promise<FileHead>;
  /** Creates a file that must not exist (`exists`), writes the parts one after the other and closes it. */
  write(path: string, parts: readonly Uint8Array[]): Promise<void>;
  /** The same, with an fsync before it closes it. */
  writeAndSync(path: string, parts: readonly Uint8Array[]): Promise<void>;
  /**
   * Writes the parts behind what a file has, and makes it if it is not there. Where it fails
   * a part of them may be there; without a {@link FileSystem.sync} none of them need survive
   * a power cut, and what was synced before does.
   */
  append(path: string, parts: readonly Uint8Array[]): Promise<void>;
  /**
   * Reads at most `bytes` bytes of a file from a place on: fewer where it ends, none behind
   * its end. What is no plain file is refused (`io`).
   */
  readPart(path: string, at: number, bytes: number): Promise<Uint8Array>;
  /**
   * Fsyncs a file that is there. After a failure the bytes may be lost although a
   * second call succeeds: they must be written anew, under another name.
   */
  sync(path: string): Promise<void>;
  /** Replaces `to` if it is there, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Makes a hard link; `exists` if `to` is there, `link_unsupported` where the file system has none. */
  link(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** Makes renames, links and removals in the directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Makes a directory and its parents; one that is there already is fine. */
  makeDirectory(path: string): Promise<void>;
  /**
   * Bytes that may still be written to the file system on which the path is. Where a host
   * cannot tell, there is no such method.
   */
  freeBytes?(path: string): Promise<number>;
  /** Shows the names in a directory, in no particular order, one by one: there may be very many. */
  visit(path: string, take: (entry: DirectoryEntry) => void): Promise<void>;
}

/** One HTTP request, complete. */
export interface HttpRequest {
  /** http or https. */
  readonly url: string;
  /** What remote write and those who give out credentials need, and no more. */
  readonly method: "POST" | "GET" | "PUT";
  /** All that are sent beside those that HTTP itself needs; some are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: Uint8Array;
  /** How much of the answer's body is read at most; the rest is cancelled. */
  readonly answerBytesMax: number;
  /**
   * The socket of this host that is connected to, in place of the host of the URL. No proxy
   * is used for it.
   */
  readonly unixSocket?: string | undefined;
  /**
   * Wants the whole body, and as it comes: it is called with each piece, which is valid until
   * it returns. The answer is resolved to when the body has ended, with no text. One that is
   * cut short, or cannot be read, is then an error, as half a page is not a page; one of more
   * than `answerBytesMax` bytes is a {@link BodyTooLargeError}, and so is what this throws the
   * error of the exchange. A coding that `headers` ask for by `accept-encoding` is not undone:
   * the pieces, and the limit, are of what is sent.
   */
  readonly onBody?: ((piece: Uint8Array, head: HttpAnswerHead) => void) | undefined;
  /**
   * Of answers with which status `onBody` wants the body: of the others there is none, and
   * the head is the answer, whatever comes behind it. Without it, of all.
   */
  readonly wantsBodyOf?: ((status: number) => boolean) | undefined;
  /**
   * Told by which proxy a connection is being made, as others may see it, and with undefined
   * when it is made or cannot be: whoever ends the wait can say for whom it was.
   */
  readonly onConnecting?: ((by: string | undefined) => void) | undefined;
}

/** What an answer says before its body. */
export interface HttpAnswerHead {
  /** 200 to 599; a redirect is an answer like others. */
  readonly status: number;
  /** The value of a header, by its lower-case name. */
  header(name: string): string | undefined;
}

/** The answer to an {@link HttpRequest}. */
export interface HttpAnswer extends HttpAnswerHead {
  /** At most `answerBytesMax` bytes of the body, as text. */
  readonly text: string;
  /**
   * The request's body has left whole, and nobody will look at its bytes any more: their
   * memory may be used for something else. Without it, or where it is false, that is not known.
   * A client that passes on the answer of another one, and keeps the body or sends it a second
   * time, has to say false.
   */
  readonly isBodySent?: boolean;
  /** What there is to say of one that went well, for people; a client of HTTP has nothing to say. */
  readonly note?: string;
}

/**
 * One HTTP exchange. Redirects are not followed. Rejects on a network error and,
 * with the signal's reason, when the signal aborts. From the moment in which the
 * status is known it resolves: an error or an abort then cuts the text short. That is
 * otherwise where the whole body is wanted (`onBody`).
 */
export interface HttpClient {
  /** Sends a request and resolves to its answer; {@link HttpClient} says how it ends. */
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Closes idle connections. */
  close(): Promise<void>;
}

/** A name server. */
export interface DnsServer {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** Of UDP and TCP. */
  readonly port: number;
}

/**
 * Sends a message of the domain name system to a name server, and resolves to the message
 * that has the same first two bytes, which came from there. Rejects on a network error, and
 * with the signal's reason when the signal aborts: over UDP nothing else ends the wait.
 */
export type AskDns = (
  server: DnsServer,
  query: Uint8Array,
  transport: "udp" | "tcp",
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** By which proxy connections go. */
export interface ProxySettings {
  /** http, https, socks5 or socks5h; its user name and password are secrets. */
  readonly url?: string | undefined;
  /** Hosts that are connected to without it, by the rules of `NO_PROXY`. */
  readonly noProxy?: string | undefined;
  /** In place of both: what `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say. */
  readonly fromEnvironment: boolean;
  /** Sent to the proxy with each CONNECT; the values are secrets. */
  readonly connectHeaders: Readonly<Record<string, readonly string[]>>;
}

/** How connections are made, where the URL alone does not say it. */
export interface ConnectionSettings {
  /** Of endpoints over https, and of a proxy that is spoken to over https. */
  readonly tls: TlsSettings | undefined;
  /** Without it no proxy is used, whatever the environment says. */
  readonly proxy: ProxySettings | undefined;
  /** Connects to a random address of all that a name has, not to the first that takes the connection. */
  readonly roundRobinDns: boolean;
}

/** Opens a client whose connections are made by these settings, and are its own. */
export type OpenHttp = (settings: ConnectionSettings) => HttpClient;

/** Stops a timer; harmless after it has fired. */
export type CancelTimer = () => void;

/** Time, injected so that tests never sleep. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  nowMs(): number;
  /** Milliseconds that only grow. */
  monotonicMs(): number;
  /** Calls `fire` once, after `delayMs`. In the background it is not what keeps a process alive. */
  after(delayMs: number, fire: () => void, inBackground?: boolean): CancelTimer;
}

/** Knows by which time it is judged how old signals are: src/clock says how. */
export interface AgeJudge {
  /** What has an older timestamp has grown older than the ttl. */
  cutoffMs(ttlMs: number): number;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** Which processes live on this host: tells a stale lock from a live one. */
export interface ProcessTable {
  /** The id of this process. */
  readonly pid: number;
  /**
   * A mark of the process with this id that a later process with the same id
   * does not share (its start time and the host's boot); undefined when there is
   * no such process; "unknown" when it lives but the host tells no mark.
   */
  mark(pid: number): Promise<string | undefined>;
}

/** A liveness socket that this process listens on. */
export interface LivenessSocket {
  /** Stops listening and removes its name. */
  close(): Promise<void>;
}

/**
 * Sockets in a directory that show which processes live. A socket closes in the
 * moment in which its process ends, however it ends. Any process of the host that
 * sees the directory can try it, also from another container, in which process ids
 * mean something else.
 */
export interface LivenessSockets {
  /** Undefined where the host or the file system has no such thing. Never rejects. */
  listen(path: string): Promise<LivenessSocket | undefined>;
  /** Undefined when it cannot be told. Never rejects. */
  isListening(path: string): Promise<boolean | undefined>;
}

/**
 * Decompresses all of `data` into at most `bytesMax` bytes. Throws `CORRUPT` when the
 * data is at fault, and as an {@link UnpackedTooLargeError} when there are more.
 */
export type Decompress = (data: Uint8Array, bytesMax: number) => Uint8Array;

/** {@link Decompress} for one whole frame of zstd. */
export type DecompressZstd = Decompress;

/** Compresses the bytes of a request. */
export type CompressRequest = (bytes: Uint8Array) => Uint8Array;

/** The value of an environment variable; undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

/** All that walq asks of a runtime. */
export interface Platform {
  /** Shown in metrics and in the log. */
  readonly name: "node" | "deno" | "bun" | "memory";
  /** The disk. */
  readonly files: FileSystem;
  /** The network. A queue closes it when it closes. */
  readonly http: HttpClient;
  /**
   * The network by connections of their own, made by these settings. Who opens it closes it.
   *
   * @throws {ConnectionSettingsError} when no connection can be made by them, on any
   * runtime or on this one.
   */
  readonly openHttp: OpenHttp;
  /** Name servers, for targets that are found by them. */
  readonly askDns: AskDns;
  /** Time. */
  readonly clock: Clock;
  /** For jitter and nonces. */
  readonly random: Random;
  /** Processes of this host, for the lock. */
  readonly processes: ProcessTable;
  /** Liveness sockets in the data path, for the lock. */
  readonly livenessSockets: LivenessSockets;
  /** Asked only where an option says so, such as `sigv4: {}`. */
  readonly env: Environment;
  /**
   * For files that Alloy left, and requests under zstd. Undefined on a runtime that has
   * none, as Node before 22.15.
   */
  readonly decompressZstd: DecompressZstd | undefined;
  /** For endpoints that are to get requests under zstd; undefined like `decompressZstd`. */
  readonly compressZstd: CompressRequest | undefined;
  /** For requests under gzip. */
  readonly decompressGzip: Decompress;
  /** For queues, and endpoints, that are a stream. */
  readonly openStream: OpenStream;
}

/** One line of the log. Values are shown as they are: no secret goes in. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where log lines go. */
export interface Logger {
  /** For somebody who looks for a fault in walq. */
  debug(message: string, fields?: LogFields): void;
  /** What went as it should. */
  info(message: string, fields?: LogFields): void;
  /** What walq deals with by itself, and somebody should know. */
  warn(message: string, fields?: LogFields): void;
  /** What somebody should look into. */
  error(message: string, fields?: LogFields): void;
}
