import type {
  BatchId,
  CancelTimer,
  Clock,
  Logger,
  SetAsideBatch,
  StreamLog,
  StreamSeq,
} from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { StreamError } from "../errors.ts";

const RETRY_MS = 5_000;
const REASON_LENGTH_MAX = 1024;
/** What a message that was set aside says of itself. */
const BATCH = "Walq-Batch";
const REASON = "Walq-Reason";
const ENDPOINT = "Walq-Endpoint";

/** What an {@link Aside} works with. */
interface AsideDependencies {
  readonly endpoint: string;
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where they are kept. */
  readonly subject: string;
  /** One has been kept: it need not stay where it was. */
  readonly onDone: () => void;
}

/**
 * Batches that cannot be read are kept in one subject for all partitions, with the reason. Until one
 * is there it stays where it was, and is found damaged again by the next process.
 */
export class Aside {
  readonly #of: AsideDependencies;
  readonly #work = new SerialExecutor();
  readonly #waiting = new Map<BatchId, string>();
  #cancel: CancelTimer | undefined;

  constructor(dependencies: AsideDependencies) {
    this.#of = dependencies;
  }

  /** The oldest that is not kept yet; Infinity when all are. */
  get oldest(): BatchId {
    return Math.min(...this.#waiting.keys());
  }

  take(id: BatchId, reason: string): void {
    this.#waiting.set(id, reason.slice(0, REASON_LENGTH_MAX));
    void this.#keepAll();
  }

  /** The newest of this endpoint that were set aside. @throws {StreamError} */
  async newest(max: number): Promise<readonly SetAsideBatch[]> {
    const { log, subject, endpoint } = this.#of;
    const found: SetAsideBatch[] = [];
    for await (const { headers, bytes } of log.headsNow(subject, 1)) {
      if (headers[ENDPOINT] !== endpoint) continue;
      found.push({ id: Number(headers[BATCH]), reason: headers[REASON] ?? "", bytes });
    }
    return found.slice(-max);
  }

  /** What is not kept yet is another process's to find. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#work.settled;
    this.#waiting.clear();
  }

  #keepAll(): Promise<void> {
    return this.#work.run(async () => {
      for (const [id, reason] of this.#waiting) {
        try {
          await this.#keep(id, reason);
        } catch (error) {
          if (!(error instanceof StreamError)) throw error;
          const fields = { seq: id, error: error.message };
          this.#of.logger.error("cannot keep a damaged batch; trying again", fields);
          this.#cancel ??= this.#of.clock.after(RETRY_MS, () => {
            this.#cancel = undefined;
            void this.#keepAll();
          });
          return;
        }
        this.#waiting.delete(id);
        this.#of.onDone();
      }
    });
  }

  async #keep(id: StreamSeq, reason: string): Promise<void> {
    const { log, subject, endpoint } = this.#of;
    const message = await log.read(id);
    // Somebody deleted it: there is nothing to keep.
    if (message === undefined) return;
    // Where it is in pieces they stay where they are.
    const headers = {
      ...message.headers,
      [BATCH]: String(id),
      [REASON]: oneLine(reason),
      [ENDPOINT]: endpoint,
    };
    await log.publish({ subject, id: `aside.${endpoint}.${id}`, headers, data: message.data });
  }
}

/** A header is one line of ASCII. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, "?");
}
