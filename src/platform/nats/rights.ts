import { headers as makeHeaders, type NatsConnection } from "@nats-io/nats-core";
import type { StreamUse } from "../../contracts.ts";
import { hasNoResponders, isNoRight, streamErrorOf } from "./errors.ts";

/** More than any stream has: nothing is stored after it, and nothing has it. */
const NO_SEQ = Number.MAX_SAFE_INTEGER;
/** Neither a consumer nor a subject of walq's is called so. */
const NOBODY = "rights";

/** What a right is tried with: a request by which nothing changes. */
interface Trial {
  /** As docs/nats.md has it. */
  readonly right: string;
  readonly subject: string;
  readonly data?: string;
  readonly isStored?: true;
  /** Nobody is there who would. */
  readonly isUnanswered?: true;
}

/** How whoever is connected asks. */
interface TryDependencies {
  readonly connection: NatsConnection;
  /** The stream of the batches, and that of the records. */
  readonly stream: string;
  readonly records: string;
  readonly timeoutMs: number;
}

/**
 * The rights that are missing for this use of a stream that is there.
 *
 * @throws {StreamError} when the servers do not answer.
 */
export async function missingRights(
  of: TryDependencies,
  use: StreamUse,
  partitions: number,
): Promise<string[]> {
  const trials = trialsOf(of, use, partitions);
  const isRefused = await Promise.all(trials.map((trial) => isDenied(of, trial)));
  const refused = trials.filter((_, at) => isRefused[at]);
  const missing = refused.map(({ right, subject }) => {
    const isForAll = trials.every((one) => one.right !== right || refused.includes(one));
    return isForAll ? right : subject;
  });
  return [...new Set(missing)];
}

function trialsOf(
  { stream, records }: TryDependencies,
  use: StreamUse,
  partitions: number,
): readonly Trial[] {
  const stored = (right: string, subject: string): Trial => ({ right, subject, isStored: true });
  const bring = ["batches", "pieces"].flatMap((what) =>
    Array.from(
      { length: partitions },
      (_, partition) => stored(`${stream}.*.${what}`, `${stream}.${partition}.${what}`),
    )
  );
  if (use === "bring") return bring;
  const asked = (what: string, question: object): Trial => {
    const right = `$JS.API.${what}.${stream}`;
    return { right, subject: right, data: JSON.stringify(question) };
  };
  const consumer = (what: string, right: string, subject: string): Trial => {
    const prefix = `$JS.API.CONSUMER.${what}.${stream}`;
    return { right: `${prefix}.${right}`, subject: `${prefix}.${subject}` };
  };
  return [
    ...bring,
    stored(`${stream}.aside`, `${stream}.aside`),
    stored(`${records}.*`, `${records}.${NOBODY}`),
    asked("STREAM.MSG.GET", { seq: NO_SEQ }),
    asked("STREAM.MSG.DELETE", { seq: NO_SEQ }),
    asked("STREAM.PURGE", { filter: `${stream}.${NOBODY}` }),
    asked("DIRECT.GET", { seq: NO_SEQ }),
    // What has no configuration makes none.
    consumer("CREATE", ">", `${NOBODY}.${stream}`),
    consumer("INFO", "*", NOBODY),
    { ...consumer("MSG.NEXT", "*", NOBODY), isUnanswered: true },
  ];
}

async function isDenied(
  { connection, timeoutMs }: TryDependencies,
  { subject, data = "", isStored, isUnanswered }: Trial,
): Promise<boolean> {
  const headers = makeHeaders();
  if (isStored) headers.set("Nats-Expected-Last-Sequence", String(NO_SEQ));
  const options = { timeout: timeoutMs, ...(isStored && { headers }) };
  try {
    const answered = connection.request(subject, data, options);
    // It is refused before the server answers a ping that comes behind it; at the second one that
    // has been told, too.
    const pinged = async () => await connection.flush().then(() => connection.flush());
    await (isUnanswered ? Promise.race([answered, pinged()]) : answered);
    return false;
  } catch (error) {
    if (isNoRight(error)) return true;
    // It went through: there is no such consumer, or no server that answers such questions.
    if (!isStored && hasNoResponders(error)) return false;
    throw streamErrorOf(error, `cannot ask for the right to publish to ${subject}`);
  }
}
