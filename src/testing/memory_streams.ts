import type {
  OpenedStream,
  StreamFault,
  StreamLog,
  StreamSettings,
  StreamWishes,
} from "../contracts.ts";
import type { StreamError } from "../errors.ts";
import { MemoryStream, type MemoryStreamOptions } from "./memory_stream.ts";

/** What is told to who opens a stream, if anything; asked each time. */
export type OpenFault = (settings: StreamSettings) => StreamError | undefined;

/** A stream, and what it was made by. */
interface Kept {
  readonly stream: MemoryStream;
  readonly made: StreamWishes;
}

/** How the servers call what was wished, and whether walq cannot do without. */
const KEYS = {
  replicas: "num_replicas",
  maxBytes: "max_bytes",
  duplicateWindowMs: "duplicate_window",
} as const;

/** The servers of streams, in memory: all of them are everywhere. */
export class MemoryStreams {
  /** Refuses who opens one. */
  fault: OpenFault | undefined;
  /** By what they were opened, in order, whether it was refused or not. */
  readonly opened: StreamSettings[] = [];
  readonly #kept = new Map<string, Kept>();
  /** What is otherwise than it was wished, beside what can be told of one in memory. */
  readonly #faults = new Map<string, readonly StreamFault[]>();
  readonly #nowMs: () => number;

  /** None is there at first. @param nowMs their clock */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The stream of this name, if it is there. */
  get(name: string): MemoryStream | undefined {
    return this.#kept.get(name)?.stream;
  }

  /** Makes the stream of these wishes in the place of one of its name; it has no faults at first. */
  make(
    made: StreamWishes,
    options: Pick<MemoryStreamOptions, "messageBytesMax"> = {},
  ): MemoryStream {
    const windowMs = made.duplicateWindowMs;
    const stream = new MemoryStream({ ...options, nowMs: this.#nowMs, windowMs });
    this.#kept.set(made.stream, { stream, made });
    return stream;
  }

  /** Somebody has deleted it: nobody takes what is for it, until it is made again. */
  delete(name: string): void {
    const stream = this.get(name);
    if (stream !== undefined) stream.isDeleted = true;
    this.#kept.delete(name);
  }

  /** Somebody has configured the stream otherwise. */
  misconfigure(name: string, faults: readonly StreamFault[]): void {
    this.#faults.set(name, faults);
  }

  /**
   * As `Platform.openStream` does.
   *
   * @param isCut nothing goes through the connection any more
   */
  async open(settings: StreamSettings, isCut: () => boolean): Promise<OpenedStream> {
    this.opened.push(settings);
    await Promise.resolve();
    const refused = this.fault?.(settings);
    if (refused !== undefined) throw refused;
    const { stream: name, makes } = settings;
    const there = this.#kept.get(name);
    if (there === undefined && !makes) return { log: undefined, made: [], faults: [missing(name)] };
    const stream = there?.stream ?? this.make(settings);
    const faults = [
      ...differences(there?.made ?? settings, settings),
      ...this.#faults.get(name) ?? [],
    ];
    const log: StreamLog | undefined = faults.some(({ isFatal }) => isFatal)
      ? undefined
      : stream.connect(isCut);
    return { log, made: there === undefined ? [name, `${name}_records`] : [], faults };
  }
}

function missing(stream: string): StreamFault {
  const [got, wanted] = ["no stream of this name", "one that `walq nats init` has made"];
  return { stream, key: "name", got, wanted, isFatal: true };
}

function differences(made: StreamWishes, wished: StreamWishes): StreamFault[] {
  return (Object.keys(KEYS) as (keyof typeof KEYS)[]).flatMap((name) => {
    const [got, wanted] = [made, wished].map((one) => JSON.stringify(one[name]));
    if (got === wanted) return [];
    return [{ stream: made.stream, key: KEYS[name], got: got!, wanted: wanted!, isFatal: false }];
  });
}
