import {
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type StoredMsg,
} from "@nats-io/jetstream";
import { headers as makeHeaders, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import type {
  OutgoingMessage,
  Published,
  StreamHead,
  StreamHeaders,
  StreamLog,
  StreamMessage,
  StreamRecord,
  StreamSeq,
  StreamState,
  StreamUse,
} from "../../contracts.ts";
import { StreamError } from "../../errors.ts";
import { isNoMessage, streamErrorOf } from "./errors.ts";
import type { RefusalWatch } from "./refusal_watch.ts";
import { missingRights } from "./rights.ts";
import { StallWatch } from "./stall_watch.ts";

const ID_HEADER = "Nats-Msg-Id";
const BYTES_HEADER = "Nats-Msg-Size";
/** How long a server has to get further that lags behind the others. */
const LAG_MS = 200;
/** Heads that are asked for at once. */
const HEADS_AT_ONCE = 500;

/** What a {@link NatsStreamLog} is made of. */
interface NatsStreamLogParts {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  /** The stream of the batches, and that of the records: see `streams.ts`. */
  readonly stream: string;
  readonly records: string;
  /** How long a server may take to answer. */
  readonly timeoutMs: number;
  /** Of the connection. */
  readonly refusals: RefusalWatch;
}

/** A stream of NATS JetStream, over a connection that makes itself anew. */
export class NatsStreamLog implements StreamLog {
  readonly #of: NatsStreamLogParts;

  constructor(parts: NatsStreamLogParts) {
    this.#of = parts;
  }

  /** The server says it when it greets; another one of a cluster may say another number. */
  get messageBytesMax(): number {
    return this.#of.connection.info?.max_payload ?? 1024 * 1024;
  }

  publish({ subject, id, headers, data }: OutgoingMessage): Promise<Published> {
    const { js, timeoutMs } = this.#of;
    return this.#asked(`cannot publish to ${subject}`, async () => {
      const options = { msgID: id, headers: toHeaders(headers), timeout: timeoutMs };
      const { seq, duplicate } = await js.publish(subject, data, options);
      return { seq, isDuplicate: duplicate };
    });
  }

  async *heads(subject: string, from: StreamSeq, signal: AbortSignal): AsyncIterable<StreamHead> {
    let next = from;
    const messages = await this.#follow(subject, next);
    const stop = (): void => messages.stop();
    signal.addEventListener("abort", stop, { once: true });
    const watch = new StallWatch(() => this.#hasNext(subject, next), stop);
    void stopAtReset(messages);
    try {
      if (signal.aborted) return;
      for await (const message of messages) {
        watch.seen();
        next = message.seq + 1;
        yield headOf(message);
      }
    } catch (error) {
      throw streamErrorOf(error, `cannot follow ${subject}`);
    } finally {
      watch.end();
      signal.removeEventListener("abort", stop);
      // Its `close` waits for an end that never comes to one that was not iterated.
      messages.stop();
    }
    if (!signal.aborted) throw new StreamError("unavailable", `following ${subject} has ended`);
  }

  async *headsNow(subject: string, from: StreamSeq): AsyncIterable<StreamHead> {
    const last = await this.#lastOf(subject);
    for (let next = from; last !== undefined && next <= last;) {
      for await (const head of this.#headsOfOne(subject, next)) {
        next = head.seq + 1;
        yield head;
        if (next > last) return;
      }
      // The rest has been deleted meanwhile, or the server that tells of it lags behind.
      const stillLast = await this.#lastOf(subject);
      if (stillLast === undefined || stillLast < next) return;
      await new Promise((resolve) => setTimeout(resolve, LAG_MS));
    }
  }

  /** The newest number in a subject, by the server that decides. */
  async #lastOf(subject: string): Promise<StreamSeq | undefined> {
    const { manager, stream } = this.#of;
    return await this.#asked(`cannot look at ${subject}`, async () => {
      const query = { last_by_subj: subject };
      return (await manager.streams.getMessage(stream, query).catch(noMessage))?.seq;
    });
  }

  /** What one of the servers has of a subject, whichever it is. */
  async *#headsOfOne(subject: string, from: StreamSeq): AsyncIterable<StreamHead> {
    const consumer = await this.#consumer(subject, from);
    // Of an ordered consumer it is what was there when it was made.
    const { num_pending: pending } = await this.#asked(
      `cannot look at ${subject}`,
      () => consumer.info(true),
    );
    if (pending === 0) return;
    const messages = await consumer.consume({ max_messages: HEADS_AT_ONCE });
    try {
      let left = pending;
      for await (const message of messages) {
        yield headOf(message);
        // What is purged meanwhile does not come.
        if (--left <= 0 || message.info.pending === 0) return;
      }
    } catch (error) {
      throw streamErrorOf(error, `cannot look at ${subject}`);
    } finally {
      messages.stop();
    }
  }

  async next(subject: string, from: StreamSeq): Promise<StreamHead | undefined> {
    const { manager, stream } = this.#of;
    return await this.#asked(`cannot look at ${subject}`, async () => {
      const query = { seq: Math.max(1, from), next_by_subj: subject };
      const found = await manager.streams.getMessage(stream, query).catch(noMessage);
      return found === null ? undefined : messageOf(found);
    });
  }

  async read(seq: StreamSeq): Promise<StreamMessage | undefined> {
    const { manager, stream } = this.#of;
    return await this.#asked(`cannot read message ${seq}`, async () => {
      const byLeader = () => manager.streams.getMessage(stream, { seq }).catch(noMessage);
      // Any replica may answer, and one that lags does not have it yet: then the leader is asked.
      let found = await manager.direct.getMessage(stream, { seq }).catch(noMessage) ??
        await byLeader();
      if (found === null) {
        // One that was chosen a moment ago may not have all that was acknowledged before it.
        if ((await manager.streams.info(stream)).state.last_seq < seq) {
          throw new StreamError("unavailable", `message ${seq} is not there yet`);
        }
        found = await byLeader();
      }
      return found === null ? undefined : messageOf(found);
    });
  }

  async purge(subject: string, below: StreamSeq): Promise<void> {
    // Nothing has a smaller number than the first; servers take that for "all of it".
    if (below <= 1) return;
    const { manager, stream } = this.#of;
    await this.#asked(
      `cannot purge ${subject}`,
      () => manager.streams.purge(stream, { filter: subject, seq: below }),
    );
  }

  async remove(seq: StreamSeq): Promise<void> {
    const { manager, stream } = this.#of;
    await this.#asked(`cannot delete message ${seq}`, async () => {
      await manager.streams.deleteMessage(stream, seq, false).catch(noMessage);
    });
  }

  async state(): Promise<StreamState> {
    const { manager, stream } = this.#of;
    const { state, created, cluster } = await this.#asked(
      `cannot look at ${stream}`,
      () => manager.streams.info(stream),
    );
    const { messages, bytes, last_seq: lastSeq } = state;
    return { messages, bytes, lastSeq, created, leader: cluster?.leader ?? "" };
  }

  async record(name: string): Promise<StreamRecord | undefined> {
    const { manager, records } = this.#of;
    return await this.#asked(`cannot read the record ${name}`, async () => {
      const query = { last_by_subj: this.#recordSubject(name) };
      // By the leader: what a replica says may be what was.
      const found = await manager.streams.getMessage(records, query).catch(noMessage);
      if (found === null) return undefined;
      return { value: new TextDecoder().decode(found.data), revision: found.seq };
    });
  }

  async replaceRecord(
    name: string,
    value: string,
    revision: StreamSeq | undefined,
  ): Promise<StreamSeq> {
    const { js, timeoutMs } = this.#of;
    return await this.#asked(`cannot write the record ${name}`, async () => {
      const { seq } = await js.publish(this.#recordSubject(name), value, {
        expect: { lastSubjectSequence: revision ?? 0 },
        timeout: timeoutMs,
      });
      return seq;
    });
  }

  async missingRights(use: StreamUse, partitions: number): Promise<readonly string[]> {
    return await missingRights(this.#of, use, partitions);
  }

  async close(): Promise<void> {
    await this.#of.connection.close();
  }

  /** Whether there is a message of the subject from this number on. */
  async #hasNext(subject: string, seq: StreamSeq): Promise<boolean> {
    const { manager, stream } = this.#of;
    return await manager.direct.getMessage(stream, { seq, next_by_subj: subject }) !== null;
  }

  #recordSubject(name: string): string {
    return `${this.#of.records}.${name}`;
  }

  async #follow(subject: string, from: StreamSeq) {
    const consumer = await this.#consumer(subject, from);
    return await this.#asked(
      `cannot follow ${subject}`,
      () => consumer.consume({ max_messages: HEADS_AT_ONCE, abort_on_missing_resource: true }),
    );
  }

  /** One that the servers forget when nobody asks it any more; it is made anew after each gap. */
  #consumer(subject: string, from: StreamSeq) {
    const { js, stream } = this.#of;
    return this.#asked(`cannot follow ${subject}`, () =>
      js.consumers.get(stream, {
        // As a text: servers before 2.10 know no list.
        filter_subjects: subject,
        headers_only: true,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: Math.max(1, from),
      }));
  }

  async #asked<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#of.refusals.during(what, work);
    } catch (error) {
      throw streamErrorOf(error, what);
    }
  }
}

/**
 * A client goes on by itself after its next number where the servers have forgotten who
 * followed. What they have lost meanwhile it would pass over, so whoever follows looks first.
 */
async function stopAtReset(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) {
    if (type === "reset") messages.stop();
  }
}

function noMessage(error: unknown): null {
  if (isNoMessage(error)) return null;
  throw error;
}

function headOf(message: JsMsg): StreamHead {
  return {
    seq: message.seq,
    subject: message.subject,
    id: message.headers?.get(ID_HEADER) ?? "",
    headers: fromHeaders(message.headers),
    bytes: Number(message.headers?.get(BYTES_HEADER) || 0),
    storedAtMs: Math.floor(message.info.timestampNanos / 1e6),
  };
}

function messageOf({ seq, subject, header, data, time }: StoredMsg): StreamMessage {
  return {
    seq,
    subject,
    id: header?.get(ID_HEADER) ?? "",
    headers: fromHeaders(header),
    bytes: data.length,
    storedAtMs: time.getTime(),
    data,
  };
}

function toHeaders(of: StreamHeaders): MsgHdrs {
  const all = makeHeaders();
  for (const [name, value] of Object.entries(of)) all.set(name, value);
  return all;
}

/** Without those of NATS. */
function fromHeaders(of: MsgHdrs | undefined): StreamHeaders {
  const all: Record<string, string> = {};
  for (const name of of?.keys() ?? []) {
    if (!name.startsWith("Nats-")) all[name] = of!.get(name);
  }
  return all;
}
