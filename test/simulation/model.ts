import { EndpointAccount } from "./endpoint_account.ts";
import type { LabelRules } from "./label_rules.ts";

/** One sample or histogram. Its value, or its sum, counts up within its series: order and loss can be seen from it. */
export interface Row {
  readonly series: number;
  readonly value: number;
  readonly timestampMs: number;
  readonly commit: Commit;
  /** The batch in which it is, once that is stored. */
  batch?: number;
  /** The first batch in which it was: it has another one where it is sent again, at any endpoint. */
  firstBatch?: number;
}

export const SERIES = 6;
/** All rows of one series are histograms, and of another every second one. */
const HISTOGRAMS = SERIES - 1;
const BOTH = SERIES - 2;

export function kindOf({ series, value }: Pick<Row, "series" | "value">): "sample" | "histogram" {
  return series === HISTOGRAMS || (series === BOTH && value % 2 === 1) ? "histogram" : "sample";
}

/**
 * What is known of a commit:
 * - `open`: called, not answered;
 * - `accepted`: answered, but durable was not asked for;
 * - `acked`: durable;
 * - `failed`: refused. All or nothing of it may still arrive;
 * - `interrupted`: the process ended before it was durable. All or nothing, too;
 * - `rolled_back`: nothing may arrive.
 */
export type CommitState =
  | "open"
  | "accepted"
  | "acked"
  | "failed"
  | "interrupted"
  | "rolled_back";

/** Rows that become durable together or not at all. */
export interface Commit {
  readonly id: number;
  readonly rows: Row[];
  /** Exemplars and metadata may come with the rows: of these nothing more is known. */
  readonly mayHaveCompany: boolean;
  state: CommitState;
  /** By the monotonic clock. */
  ackedMs: number;
  /** The endpoints at the time of the call, each with its account's epoch then. */
  readonly owed: ReadonlyMap<string, number>;
}

/** The slow and obvious side: what was promised, and what has come of it. */
export class Model {
  readonly accounts: Map<string, EndpointAccount> = new Map();
  /** By series and value. */
  readonly rows: Row[][];
  readonly commits: Commit[] = [];
  /** Broken promises; found deep inside of callbacks, so they are kept and not thrown. */
  readonly violations: string[] = [];
  /** Samples older than this may have been dropped for `ttl`. */
  cutoffMs: number = -Infinity;
  /** Failed attempts after which a sample may have been dropped for `max_retries`. */
  attemptsMax: number = Infinity;
  /** By which all endpoints change labels, and leave a series out. */
  labelRules: LabelRules | undefined;
  rowsAcked = 0;
  /** Rows that were to be kept, as some endpoint has refused them: sent again, they have the labels of then. */
  readonly everRefused: Set<Row> = new Set();
  /**
   * Exemplars and metadata come with the rows in a part of the schedules: there it
   * is not known how many signals a request has, and the queue's sums must hold all the same.
   */
  hasCompany = false;

  constructor(series: number, endpoints: readonly string[]) {
    this.rows = Array.from({ length: series }, () => []);
    for (const name of endpoints) this.accounts.set(name, new EndpointAccount(name, this));
  }

  account(name: string): EndpointAccount {
    return this.accounts.get(name)!;
  }

  begin(series: readonly number[], timestampMs: number, state: CommitState = "open"): Commit {
    const present = [...this.accounts.values()].filter((account) => account.present);
    const owed = new Map(present.map(({ name, epoch }) => [name, epoch]));
    const { length: id } = this.commits;
    const mayHaveCompany = this.hasCompany;
    const commit: Commit = { id, rows: [], mayHaveCompany, state, ackedMs: Infinity, owed };
    for (const one of series) {
      const row = { series: one, value: this.rows[one]!.length, timestampMs, commit };
      this.rows[one]!.push(row);
      commit.rows.push(row);
    }
    this.commits.push(commit);
    return commit;
  }

  /** It is durable from now on, for every endpoint that was there all the time. */
  ack(commit: Commit, nowMs: number): void {
    if (commit.state === "acked") return;
    commit.state = "acked";
    commit.ackedMs = nowMs;
    this.rowsAcked += commit.rows.length;
    for (const [name, epoch] of commit.owed) this.account(name).owe(commit, epoch);
  }

  /** The process ended: what was not durable may be lost. */
  interrupt(): void {
    for (const commit of this.commits) {
      if (commit.state === "open" || commit.state === "accepted") commit.state = "interrupted";
    }
    for (const account of this.accounts.values()) account.restart();
  }

  violate(message: string): void {
    this.violations.push(message);
  }

  /** Samples older than the TTL may be gone from now on. */
  passTime(nowMs: number, ttlMs: number): void {
    this.cutoffMs = Math.max(this.cutoffMs, nowMs - ttlMs);
  }
}

/** A row as a message shows it. */
export function nameOf(row: Row): string {
  return `s${row.series}=${row.value} (commit ${row.commit.id}, ${row.commit.state})`;
}
