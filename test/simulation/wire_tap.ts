import type { HttpAnswer, HttpClient, HttpRequest } from "../../src/contracts.ts";
import type { LeaseWatch } from "./lease_watch.ts";
import type { Model } from "./model.ts";
import { accountOf } from "./answer_v2.ts";
import type { RowReader } from "./rows.ts";
import type { Tally } from "./tally.ts";

/** A request that has no answer yet and was not given up. */
interface Active {
  readonly endpoint: string;
  readonly series: ReadonlySet<number>;
  /** The oldest and the newest batch of which it has something: not in this order where it is sent again. */
  readonly oldest: number;
  readonly newest: number;
  /** The label sets of one that may be sent again: of different times, they may be different series. */
  readonly labelsOfBefore: ReadonlySet<string> | undefined;
}

/** Sees what one process sends and which answers it gets, as the process itself sees them. */
export class WireTap implements HttpClient {
  readonly #inner: HttpClient;
  readonly #model: Model;
  readonly #reader: RowReader;
  readonly #active = new Set<Active>();
  readonly #parallelism: (endpoint: string) => number;
  readonly #freshFrom: (endpoint: string) => number | undefined;
  readonly #tally: Tally;
  readonly #leases: LeaseWatch;

  constructor(
    inner: HttpClient,
    dependencies: {
      model: Model;
      reader: RowReader;
      parallelism: (endpoint: string) => number;
      freshFrom: (endpoint: string) => number | undefined;
      tally: Tally;
      leases: LeaseWatch;
    },
  ) {
    this.#inner = inner;
    this.#model = dependencies.model;
    this.#reader = dependencies.reader;
    this.#parallelism = dependencies.parallelism;
    this.#freshFrom = dependencies.freshFrom;
    this.#tally = dependencies.tally;
    this.#leases = dependencies.leases;
  }

  get inFlight(): number {
    return this.#active.size;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const endpoint = endpointOf(request.url);
    const account = this.#model.account(endpoint);
    const rows = this.#reader.ofRequest(request);
    if (this.#reader.probeOf(request) !== undefined) return this.#inner.exchange(request, signal);
    const oldest = Math.min(...rows.map(({ batch = 0 }) => batch));
    const newest = Math.max(...rows.map(({ firstBatch = 0 }) => firstBatch));
    const from = this.#freshFrom(endpoint) ?? Infinity;
    // The lanes of one that nobody sees may have come together again.
    if (newest >= from && oldest < from && !account.isUnseen) {
      this.#model.violate(`${endpoint}: a request of both lanes`);
    }
    const series = new Set(rows.map((row) => row.series));
    const labelsOfBefore = this.#reader.labelsOfBefore(request);
    const active = { endpoint, oldest, newest, series, labelsOfBefore };
    this.#checkAlone(active);
    account.attempt(rows);
    this.#active.add(active);
    // A request is over for its sender when it gives up, before anyone else knows.
    const over = (): void => void this.#active.delete(active);
    signal.addEventListener("abort", over, { once: true });
    try {
      const answer = await this.#inner.exchange(request, signal);
      const { delivered, rejected, fallsBack } = accountOf(request, answer, rows);
      account.delivered += delivered;
      account.rejected += rejected;
      if (rejected > 0) account.dropUntaken(rows);
      if (delivered + rejected > 0) {
        this.#leases.answered(account.directories.map(({ name }) => name), rows);
      }
      if (fallsBack) this.#tally.fallBacks++;
      if (delivered > 0 && rejected > 0) this.#tally.partsRefused++;
      return answer;
    } finally {
      signal.removeEventListener("abort", over);
      over();
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** One request a shard, and one of a series: else samples could overtake each other. */
  #checkAlone(active: Active): void {
    const { endpoint, series, labelsOfBefore } = active;
    const others = [...this.#active].filter((other) => other.endpoint === endpoint);
    const from = this.#freshFrom(endpoint) ?? Infinity;
    // The lanes of one that nobody sees any more may have parted since somebody looked.
    const { isUnseen } = this.#model.account(endpoint);
    // Two lanes have at least one each.
    const lanes = from < Infinity || isUnseen ? 2 : 1;
    if (others.length >= Math.max(lanes, this.#parallelism(endpoint))) {
      this.#model.violate(`${endpoint}: ${others.length + 1} requests in flight`);
    }
    // What was fresh when it left may be a part of the backlog by now.
    const isFresh = ({ newest }: Active): boolean => newest >= from;
    const isBacklog = ({ oldest }: Active): boolean => oldest < from;
    for (const other of others) {
      const areBoth = [isFresh, isBacklog].some((isIn) => isIn(active) && isIn(other));
      if (!areBoth || isUnseen && areApart(active, other)) continue;
      const both = [...other.series].find((one) => series.has(one));
      if (both === undefined) continue;
      const areBefore = labelsOfBefore !== undefined && other.labelsOfBefore !== undefined;
      if (areBefore && !meet(labelsOfBefore, other.labelsOfBefore)) continue;
      this.#model.violate(`${endpoint}: two requests with s${both} in flight`);
    }
  }
}

/** `http://one.anything/write` is the endpoint `one`. */
export function endpointOf(url: string): string {
  return new URL(url).hostname.split(".")[0]!;
}

/** All of the one came after all of the other, so that each may be of a lane of its own. */
function areApart(a: Active, b: Active): boolean {
  return a.oldest > b.newest || b.oldest > a.newest;
}

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some((one) => b.has(one));
}
