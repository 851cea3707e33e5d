/** One sample: its value counts up within its series, so that order and loss can be seen from it. */
export interface Row {
  readonly series: string;
  readonly value: number;
}

/**
 * What is known of a commit: `acked`, that it is durable; of one that was refused or that
 * the end of its process interrupted all, some or nothing may still arrive.
 */
export interface Commit {
  readonly rows: readonly Row[];
  state: "open" | "acked" | "failed" | "interrupted";
}

/** The slow and obvious side: what was promised, of all processes together. */
export class Model {
  /** Broken promises; found deep inside of callbacks, so they are kept and not thrown. */
  readonly violations: string[] = [];
  readonly #commits = new Map<string, Commit>();
  readonly #next = new Map<string, number>();
  acked = 0;

  begin(series: readonly string[]): Commit {
    const rows = series.map((name) => {
      const value = this.#next.get(name) ?? 0;
      this.#next.set(name, value + 1);
      return { series: name, value };
    });
    const commit: Commit = { rows, state: "open" };
    for (const row of rows) this.#commits.set(keyOf(row), commit);
    return commit;
  }

  ack(commit: Commit): void {
    commit.state = "acked";
    this.acked += commit.rows.length;
  }

  /** Of commits that are not through, all, some or nothing may still arrive. */
  excuse(isThrough: (row: Row) => boolean): void {
    for (const commit of new Set(this.#commits.values())) {
      const { state, rows } = commit;
      if (state !== "acked" && state !== "open" || rows.every(isThrough)) continue;
      if (state === "acked") this.acked -= rows.length;
      commit.state = "interrupted";
    }
  }

  isAcked(row: Row): boolean {
    return this.#commits.get(keyOf(row))?.state === "acked";
  }

  isKnown(row: Row): boolean {
    return this.#commits.has(keyOf(row));
  }

  get ackedRows(): Row[] {
    return [...new Set(this.#commits.values())].flatMap(({ rows, state }) =>
      state === "acked" ? rows : []
    );
  }

  violate(what: string): void {
    this.violations.push(what);
  }
}

export function keyOf({ series, value }: Row): string {
  return `${series}=${value}`;
}
