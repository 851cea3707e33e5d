import { type Commit, type Model, nameOf, type Row } from "./model.ts";
import { TakenOrder } from "./taken_order.ts";

/** What one endpoint is owed, and what it got. */
export class EndpointAccount {
  readonly name: string;
  readonly #model: Model;
  /** Configured, without a break since `epoch` began. */
  present = false;
  /** Counts the times that this endpoint's store was opened. */
  epoch = 0;
  /** Since when it is present, by the monotonic clock. */
  presentMs = 0;
  /** When it was removed last, by the same clock. */
  removedMs = 0;
  readonly taken: Set<Row> = new Set();
  /** Dropped for a reason that the model can see: a 4xx, or a file that was damaged. */
  readonly dropped: Set<Row> = new Set();
  /** Left out by the endpoint itself when it took a part of their request; the sender may not have heard it. */
  readonly passedOver: Set<Row> = new Set();
  /** Durable, and without an outcome yet. */
  readonly outstanding: Set<Row> = new Set();
  /** Refused for good, and not seen in `rejected/` yet: until then in the queue. */
  readonly refused: Set<Row> = new Set();
  /** Refused, and seen there: from then on there, or in the queue again, or delivered. */
  readonly kept: Set<Row> = new Set();
  /** In files that are damaged: what was in memory of them may be sent, and refused, all the same. */
  readonly damaged: Set<Row> = new Set();
  /** How many of them may be missing, as the queue has counted that it lost so many. */
  mayMiss = 0;
  /** Directories out of which something refused was lost since the last look, and nobody knows how much. */
  readonly mayHaveLost: Set<EndpointAccount> = new Set();
  readonly attempts: Map<Row, number> = new Map();
  readonly #order = new TakenOrder();
  /** What is older than one of these may be skipped at this moment. */
  #skipping: readonly number[] = [];
  /** Answers that the present process saw, in signals: held against the queue's own counters. */
  delivered = 0;
  rejected = 0;
  duplicates = 0;
  /**
   * Other endpoints, whose files may have been sent to this one, with the newest values of
   * each series that it had before: what is older in them comes late.
   */
  readonly #orphans = new Map<EndpointAccount, readonly number[]>();
  /** Those of them that are sent to this one now. */
  #drained: ReadonlySet<EndpointAccount> = new Set();
  /** Those of them that are so by a change of options that is not through, with all that it names. */
  readonly #coming = new Map<EndpointAccount, ReadonlySet<EndpointAccount>>();
  /** Those that had this one's files at some time. */
  readonly #heirs = new Set<EndpointAccount>();

  constructor(name: string, model: Model) {
    this.name = name;
    this.#model = model;
  }

  /** The store is opened (anew), with counters that begin at 0. */
  open(): void {
    this.stay();
    this.#coming.clear();
    this.delivered = 0;
    this.rejected = 0;
  }

  /** It was to be removed and was not. */
  stay(): void {
    this.epoch++;
    this.present = true;
  }

  /** Removed: what is owed stays, nothing new comes. */
  remove(): void {
    this.epoch++;
    this.present = false;
  }

  /** What is older may be skipped from now on, also of what is still to come, until that has ended. */
  skips(beforeMs: number): void {
    this.#skipping = [...this.#skipping, beforeMs];
  }

  /** What is still there was not skipped; how it ended nobody knows where the process died. */
  skipEnded(beforeMs: number, left: ReadonlySet<Row> = new Set()): void {
    const at = this.#skipping.indexOf(beforeMs);
    this.#skipping = this.#skipping.filter((_, index) => index !== at);
    const isSkipped = (row: Row): boolean =>
      row.timestampMs < beforeMs && !this.taken.has(row) && !left.has(row);
    // What was refused waits in the queue until it is kept elsewhere, or again.
    this.lose(this.#model.rows.flat().filter(isSkipped));
  }

  #maySkip({ timestampMs }: Row): boolean {
    return this.#skipping.some((beforeMs) => timestampMs < beforeMs);
  }

  /** The process ended: what it sent until then came before the orphans of a change that it did not get through. */
  restart(): void {
    for (const beforeMs of this.#skipping) this.skipEnded(beforeMs);
    for (const orphan of this.#coming.keys()) this.#orphans.set(orphan, this.#order.newest());
    this.#coming.clear();
    this.remove();
  }

  /** What these have left goes to this one from now on, beside what is its own. */
  heir(orphans: ReadonlySet<EndpointAccount>): void {
    for (const orphan of orphans) {
      orphan.#heirs.add(this);
      if (this.#drained.has(orphan)) continue;
      this.#orphans.set(orphan, this.#order.newest());
      this.#coming.set(orphan, orphans);
    }
    // A change that failed is none.
    for (const orphan of this.#coming.keys()) {
      if (!orphans.has(orphan)) this.#coming.delete(orphan);
    }
    this.#drained = orphans;
  }

  /**
   * A change of options is through: what was on its way when it began has come before its orphans.
   * The next one may have been called meanwhile, so `after` need not be what is drained now.
   */
  heirsFrom(
    before: ReadonlySet<EndpointAccount>,
    after: ReadonlySet<EndpointAccount>,
  ): void {
    for (const orphan of after) {
      if (before.has(orphan)) continue;
      this.#orphans.set(orphan, this.#order.newest());
      if (this.#coming.get(orphan) === after) this.#coming.delete(orphan);
    }
  }

  /** It is being removed, and sends on: nobody can see whether its lanes part anew. */
  isUnseen = false;

  get drained(): ReadonlySet<EndpointAccount> {
    return this.#drained;
  }

  /** Its counters are its own: nothing of another endpoint came here, and nothing of it went there. */
  get isAlone(): boolean {
    return this.#orphans.size === 0 && this.#heirs.size === 0;
  }

  /** Its files are deleted, because its owner said so. */
  forget(): void {
    this.drop([...this.outstanding]);
    for (const account of [this, ...this.#heirs]) {
      account.forgive([...account.refused, ...account.kept]);
    }
  }

  /** A file of it is gone with these, for a reason that the model can see: also for who was to be sent what is in it. */
  lose(rows: readonly Row[]): void {
    this.drop(rows);
    for (const heir of this.#heirs) heir.forgive(rows);
  }

  owe(commit: Commit, epoch: number): void {
    if (epoch !== this.epoch || !this.present) return;
    for (const row of commit.rows) if (!this.hasOutcome(row)) this.outstanding.add(row);
  }

  hasOutcome(row: Row): boolean {
    return this.taken.has(row) || this.dropped.has(row) || this.isExcused(row);
  }

  /** Dropped by a rule, or it may have been for a reason that depends on time or chance. */
  isExcused(row: Row): boolean {
    return row.series === this.#model.labelRules?.dropped ||
      row.timestampMs < this.#model.cutoffMs || this.#maySkip(row) ||
      (this.attempts.get(row) ?? 0) >= this.#model.attemptsMax;
  }

  attempt(rows: readonly Row[]): void {
    // Each may be the other's heir, in turn.
    for (const { attempts } of [this, ...this.#orphans.keys()]) {
      for (const row of rows) attempts.set(row, (attempts.get(row) ?? 0) + 1);
    }
  }

  /**
   * The endpoint keeps the rows of a request. `late` is a request that its sender
   * had given up or that was doubled on the way: its order is nobody's promise. Batches from
   * `freshFrom` on go in a lane of their own, before older ones.
   */
  take(rows: readonly Row[], late: boolean, freshFrom: number = Infinity): void {
    // Of two directories with the same signals one has lost some: they come with the other's.
    const lost = new Set(rows.filter((row) => this.#hasLostCopy(row)));
    for (const orphan of this.#orphans.keys()) orphan.settleHere(rows);
    for (const row of rows) {
      if (row.commit.state === "rolled_back") {
        this.#model.violate(`${this.name}: got ${nameOf(row)}, which was rolled back`);
      }
      this.outstanding.delete(row);
      if (this.taken.has(row)) {
        this.duplicates++;
        continue;
      }
      this.taken.add(row);
      // What the sender gave up it sends again from where it was: no promise is broken by either.
      if (late) continue;
      const newest = this.#order.newestBefore(row);
      if (row.value < newest && !lost.has(row) && !this.#mayComeLate(row)) {
        this.#model.violate(`${this.name}: got ${nameOf(row)} for the first time after ${newest}`);
      }
      this.#order.took(row, freshFrom, this.isUnseen);
    }
  }

  /** What is new goes first although the endpoint does not take late samples. */
  overtaken(): void {
    this.#model.violate(`${this.name}: what is new goes first, and the endpoint does not take it`);
  }

  #hasLostCopy(row: Row): boolean {
    return [...this.#orphans.keys()].some(({ dropped }) => dropped.has(row));
  }

  /** Its endpoint has them, or has refused them: from which directory they came it cannot tell. */
  settleHere(rows: readonly Row[]): void {
    this.drop(rows.filter((row) => this.outstanding.has(row)));
  }

  drop(rows: readonly Row[]): void {
    for (const row of rows) {
      this.dropped.add(row);
      this.outstanding.delete(row);
    }
    this.forgive(rows);
  }

  /** What became of these is not known any more: their file is damaged, or has to go. */
  forgive(rows: readonly Row[]): void {
    for (const row of rows) {
      this.refused.delete(row);
      this.kept.delete(row);
    }
  }

  /** In whose directories its rows may lie. */
  get directories(): readonly EndpointAccount[] {
    return [this, ...this.#orphans.keys()];
  }

  /** One to which its files go has taken it, or dropped it. */
  isPassedOn(row: Row): boolean {
    return [...this.#heirs].some((heir) => heir.hasOutcome(row));
  }

  /** A part of these was refused: which, the endpoint knows. */
  dropUntaken(rows: readonly Row[]): void {
    const untaken = rows.filter((row) => !this.taken.has(row));
    const seen = untaken.filter((row) => this.kept.has(row));
    this.drop(untaken);
    for (const row of untaken) this.refused.add(row);
    for (const row of seen) this.kept.add(row);
    for (const orphan of this.#orphans.keys()) orphan.settleHere(rows);
  }

  /**
   * A first delivery never goes back behind a newer one, over crashes and
   * restarts. Not promised: what had an outcome already; what the endpoint refused
   * while the process died; and a commit of an earlier opening of the store that
   * was never acknowledged - the file of a refused commit that the disk would not
   * remove is met at the next start.
   */
  #mayComeLate(row: Row): boolean {
    if (this.dropped.has(row) || this.passedOver.has(row) || this.isExcused(row)) return true;
    const { state, owed } = row.commit;
    const isUnacknowledged = state === "failed" || state === "interrupted";
    if (isUnacknowledged && (this.#orphans.size > 0 || owed.get(this.name) !== this.epoch)) {
      return true;
    }
    // What an heir has taken in its place: a power cut may bring the file back when the heir is none any more.
    // What an heir has refused is kept in the files that it had, and sent again to whom they belong then.
    if (this.isPassedOn(row)) return true;
    // What an orphan has that is older than what came before it was to be sent here, and what
    // it had delivered, or given up after so many attempts, and could not delete or was sent again.
    const isOwn = owed.get(this.name) === this.epoch;
    return [...this.#orphans].some(([orphan, newest]) =>
      orphan.taken.has(row) || orphan.isExcused(row) ||
      (!isOwn && row.value < (newest[row.series] ?? -1))
    );
  }
}
