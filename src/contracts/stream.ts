import type { TlsSettings } from "./tls.ts";

/** Where a message is in its stream: a number that grows with each message, in any subject of it. */
export type StreamSeq = number;

/** What is said of a message beside its data. Names are compared as they are. */
export type StreamHeaders = Readonly<Record<string, string>>;

/** A message on its way into a stream. */
export interface OutgoingMessage {
  /** Where it goes: one of those of the stream. */
  readonly subject: string;
  /** Of two messages with the same one, within the stream's window, the second is not stored. */
  readonly id: string;
  /** What its head says. */
  readonly headers: StreamHeaders;
  /** What is in it. */
  readonly data: Uint8Array;
}

/** What a stream said when it had stored a message. */
export interface Published {
  /** Where it is. */
  readonly seq: StreamSeq;
  /** It was there already: `seq` is that of the first one. */
  readonly isDuplicate: boolean;
}

/** A message in a stream, without its data. */
export interface StreamHead {
  /** Where it is. */
  readonly seq: StreamSeq;
  /** The subject that it went to. */
  readonly subject: string;
  /** See {@link OutgoingMessage}; empty for one of somebody else that had none. */
  readonly id: string;
  /** What was said of it, without what the servers add. */
  readonly headers: StreamHeaders;
  /** Bytes of its data. */
  readonly bytes: number;
  /** When it was stored, by the server's clock, in milliseconds since the epoch. */
  readonly storedAtMs: number;
}

/** A message in a stream, whole. */
export interface StreamMessage extends StreamHead {
  /** What is in it. */
  readonly data: Uint8Array;
}

/** What is in a stream. */
export interface StreamState {
  /** How many there are. */
  readonly messages: number;
  /** Bytes that they take. */
  readonly bytes: number;
  /** Of the newest message that was ever stored; 0 before the first. */
  readonly lastSeq: StreamSeq;
  /** Which server decides about it at this moment; empty where there is one alone. */
  readonly leader: string;
  /** Which stream of its name it is: one that was deleted and made again says something else. */
  readonly created: string;
}

/** A short text that is kept by name, and replaced as a whole. */
export interface StreamRecord {
  /** The text. */
  readonly value: string;
  /** Another one after each change. */
  readonly revision: StreamSeq;
}

/** What a process does with a stream: it brings batches into it alone, or sends them, too. */
export type StreamUse = "bring" | "send";

/**
 * A log that servers keep: messages by subject, in the order in which they were stored. It
 * is what walq asks of NATS JetStream. Every call may throw a `StreamError`; what it leaves
 * unknown, whether a message was stored, may be asked again by the same id.
 */
export interface StreamLog {
  /** Bytes that the headers and the data of one message have at most. */
  readonly messageBytesMax: number;
  /** Resolves when the message survives what the stream's replicas promise. */
  publish(message: OutgoingMessage): Promise<Published>;
  /**
   * The heads in a subject from a number on, in order, none left out that is still there
   * when it is its turn; then those that come. A `*` in it stands for any one word, here and
   * in {@link StreamLog.headsNow}. Ends when the signal aborts. Throws a `StreamError`
   * when the servers have ended it: they may have lost something, so what is there is to be
   * looked at before it is followed again.
   */
  heads(subject: string, from: StreamSeq, signal: AbortSignal): AsyncIterable<StreamHead>;
  /** The heads in a subject from a number on that are there now, in order. */
  headsNow(subject: string, from: StreamSeq): AsyncIterable<StreamHead>;
  /**
   * The first head in a subject from a number on, by the server that decides: who follows may
   * be told by one that lags. Undefined when there is none.
   */
  next(subject: string, from: StreamSeq): Promise<StreamHead | undefined>;
  /** A message; undefined when it is not there any more. */
  read(seq: StreamSeq): Promise<StreamMessage | undefined>;
  /** Deletes the messages of a subject with smaller numbers. */
  purge(subject: string, below: StreamSeq): Promise<void>;
  /** Deletes one message, if it is there. */
  remove(seq: StreamSeq): Promise<void>;
  /** What all subjects have together. */
  state(): Promise<StreamState>;
  /** The text of that name as it is now, by the server that decides; undefined when there is none. */
  record(name: string): Promise<StreamRecord | undefined>;
  /**
   * Puts a text in the place of that of this revision, undefined for none; returns the new
   * revision. @throws {StreamError} `conflict` when somebody else was before.
   */
  replaceRecord(name: string, value: string, revision: StreamSeq | undefined): Promise<StreamSeq>;
  /**
   * What who is connected may not publish to, and needs to for this use of a stream with so many
   * partitions: tried by requests that change nothing. Whoever has opened it may look at it.
   */
  missingRights(use: StreamUse, partitions: number): Promise<readonly string[]>;
  /** Ends the connection. */
  close(): Promise<void>;
}

/** Who walq is before the servers of a stream. */
export interface StreamIdentity {
  /** What a file of credentials of NATS holds; a secret. */
  readonly credentials?: string | undefined;
  /** The seed of an nkey; a secret. */
  readonly nkeySeed?: string | undefined;
  /** With a password. */
  readonly username?: string | undefined;
  /** A secret. */
  readonly password?: string | undefined;
  /** A secret. */
  readonly token?: string | undefined;
}

/** How a stream is made where it is missing. */
export interface StreamWishes {
  /** Its name, and the first word of its subjects. */
  readonly stream: string;
  /** Servers that keep a copy. */
  readonly replicas: number;
  /** What it takes at most. */
  readonly maxBytes: number;
  /** How long a message that is published again is known, in milliseconds. */
  readonly duplicateWindowMs: number;
}

/** How a stream is opened. */
export interface StreamSettings extends StreamWishes {
  /** `host:port`, of one or more that belong together. */
  readonly servers: readonly string[];
  /** Shown by the servers. */
  readonly clientName: string;
  /** How long a server may take to answer. */
  readonly timeoutMs: number;
  /** Who walq is: asked for each connection, as secrets change while one lasts. */
  readonly identity: () => StreamIdentity;
  /** The same of TLS. Without it TLS is spoken where a server asks for it. */
  readonly tls?: (() => TlsSettings) | undefined;
  /** Whether what is missing is made. */
  readonly makes: boolean;
}

/** What of a stream is otherwise than it was wished. */
export interface StreamFault {
  /** The stream's name. */
  readonly stream: string;
  /** Of its configuration, as the servers call it; `server_version` is of the servers themselves. */
  readonly key: string;
  /** As JSON; times and sizes as options have them. */
  readonly got: string;
  /** The same, of what was wished. */
  readonly wanted: string;
  /** It would lose what was acknowledged, or does not work at all. */
  readonly isFatal: boolean;
}

/** A stream that is there, and what was found. */
export interface OpenedStream {
  /** Undefined where a fault is fatal. */
  readonly log: StreamLog | undefined;
  /** The names of those that were made. */
  readonly made: readonly string[];
  /** What is otherwise than it was wished. */
  readonly faults: readonly StreamFault[];
}

/** Opens a stream. Throws a `StreamError` when no server answers, or takes this client. */
export type OpenStream = (settings: StreamSettings) => Promise<OpenedStream>;

/** A queue in a stream of NATS JetStream, at one moment, as this process knows it. */
export interface StreamSnapshot {
  /** Its name. */
  readonly stream: string;
  /** How many partitions it has. */
  readonly partitions: number;
  /** Whether this process sends what is in it, or brings it there alone. */
  readonly sends: boolean;
  /** What this process is called there. */
  readonly owner: string;
  /** The partitions that this process sends now. */
  readonly sent: readonly number[];
  /** All processes that send, this one among them. */
  readonly senders: readonly string[];
  /**
   * What the servers said last to who asks what is in the partitions that this process sends:
   * for a while nothing of that was seen, so nothing of it is sent. Undefined where it is seen.
   */
  readonly notFollowed?: string | undefined;
  /** Partitions that nobody sends, as far as is known. */
  readonly unowned: number;
  /** Endpoints that there are not, for which what they have not had is kept in a partition that is sent. */
  readonly keptFor: readonly string[];
}
