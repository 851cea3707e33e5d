import type { ScrapePool } from "../../scrape/scrape_pool.ts";
import type { QueueLike } from "../queue_like.ts";

/** What the page is about, at this moment. */
export interface PageSubject {
  readonly queue: QueueLike | undefined;
  readonly phase: string;
  readonly runtime: string;
  readonly startedMs: number;
  readonly pools: readonly ScrapePool[];
  readonly titles: ReadonlyMap<string, string>;
  /** Whether the page may act on the queue. */
  readonly mayAct: boolean;
}
