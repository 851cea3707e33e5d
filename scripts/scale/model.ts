/**
 * The tiers second by second: what edges scrape goes into their files, by the intakes or by
 * themselves into the streams, and by the senders of its partitions to the receiver. Nothing is
 * random: the same plan and events give the same figures. Samples are a fluid here, in cohorts
 * by the second of their scrape; what arrives in a second may go on in that second.
 */
import { Cohorts } from "./cohorts.ts";
import { type Costs, priceOf } from "./costs.ts";
import { LIMITS } from "./limits.ts";
import type { Plan } from "./plan.ts";
import { receiverOf } from "./resources.ts";

/** What happens; seconds are since the start. */
export interface Events {
  /** The share of the edges that scrape in the same second, as after a power cut; the others are spread. */
  readonly burst: number;
  /** The receiver takes nothing. */
  readonly outage?: { readonly from: number; readonly to: number };
  /** A sender of the first stream dies, and does not come back while others are there. */
  readonly senderDies?: number;
  /** The last second in which something is scraped. */
  readonly scrapeSeconds: number;
}

/** What came of it. Delays are from the scrape to the receiver. */
export interface Happened {
  readonly scraped: number;
  readonly delivered: number;
  /** What waits at the end, anywhere. */
  readonly pending: number;
  readonly seconds: number;
  /** The most at a time in the files of all edges, and in all streams. */
  readonly edgesPeak: number;
  readonly streamsPeak: number;
  readonly streamsPeakBytes: number;
  readonly worstDelaySeconds: number;
  /** When the streams had no more than a few seconds of samples again; undefined without an outage. */
  readonly drainedAfterSeconds: number | undefined;
}

/** Senders that are alike. */
interface Group {
  readonly senders: number;
  readonly partitions: number;
  /** What waits for one of them. */
  readonly waiting: Cohorts;
  /** Partitions that others have taken, or nobody has yet. */
  isDead: boolean;
  readonly isFirstStream: boolean;
}

/** After an outage of days something is wrong with the plan. */
const SECONDS_MAX = 14 * 86_400;
/**
 * At most: until another one has seen the lease's last renewal, found it over, no longer counts
 * the dead one among those who share, and looks again.
 */
const TAKEN_OVER_SECONDS = LIMITS.takeOverSeconds + 3 * LIMITS.renewSeconds;
/** What waits where all is well: a few seconds. */
const CALM_SECONDS = 5;

export function simulate(plan: Plan, costs: Costs, events: Events): Happened {
  return new Model(plan, costs, events).run();
}

class Model {
  readonly #plan: Plan;
  readonly #events: Events;
  readonly #rates: Rates;
  readonly #edges = new Cohorts();
  readonly #groups: Group[];
  readonly #partitions: number;
  readonly #bytesASample: number;
  #scraped = 0;
  #delivered = 0;
  #edgesPeak = 0;
  #streamsPeak = 0;
  #worstDelay = 0;
  #drainedAt: number | undefined;

  constructor(plan: Plan, costs: Costs, events: Events) {
    this.#plan = plan;
    this.#events = events;
    this.#rates = ratesOf(plan);
    const { streams, partitions } = plan.deployment;
    this.#partitions = streams * partitions;
    this.#groups = groupsOf(plan, events);
    this.#bytesASample = priceOf(costs.bytes.stream, plan.flows.all) / plan.flows.samples;
  }

  run(): Happened {
    let second = 0;
    for (; second < SECONDS_MAX; second++) {
      if (second >= this.#events.scrapeSeconds && this.#pending < NOTHING) break;
      this.#step(second);
    }
    const { outage } = this.#events;
    return {
      scraped: this.#scraped,
      delivered: this.#delivered,
      pending: this.#pending,
      seconds: second,
      edgesPeak: this.#edgesPeak,
      streamsPeak: this.#streamsPeak,
      streamsPeakBytes: this.#streamsPeak * this.#bytesASample,
      worstDelaySeconds: this.#worstDelay,
      drainedAfterSeconds: outage && this.#drainedAt && this.#drainedAt - outage.to,
    };
  }

  #step(second: number): void {
    if (second < this.#events.scrapeSeconds) this.#scrape(second);
    this.#handOver();
    this.#takeOver(second);
    this.#send(second);
    // What is left when the second is over.
    this.#edgesPeak = Math.max(this.#edgesPeak, this.#edges.total);
    this.#streamsPeak = Math.max(this.#streamsPeak, this.#inStreams);
    const { outage } = this.#events;
    const isCalm = this.#inStreams <= this.#plan.flows.samples * CALM_SECONDS;
    if (outage && second >= outage.to && isCalm) this.#drainedAt ??= second;
  }

  #scrape(second: number): void {
    const { edges, inputs } = this.#plan;
    const { edgeSeries, scrapeSeconds } = inputs;
    const spread = edges * edgeSeries * (1 - this.#events.burst) / scrapeSeconds;
    const inBurst = second % scrapeSeconds === 0 ? edges * edgeSeries * this.#events.burst : 0;
    this.#edges.add(second, spread + inBurst);
    this.#scraped += spread + inBurst;
  }

  /** As much as intakes and streams take; a stream that is full takes nothing. */
  #handOver(): void {
    const room = this.#plan.inputs.streamBytesMax * this.#plan.deployment.streams /
        this.#bytesASample - this.#inStreams;
    this.#edges.take(Math.max(0, Math.min(this.#rates.intoStreams, room)), (of, samples) => {
      for (const group of this.#groups) {
        group.waiting.add(of, samples * group.partitions / this.#partitions);
      }
    });
  }

  /** What a dead one had becomes the others', in equal parts; each sends the oldest first. */
  #takeOver(second: number): void {
    const { senderDies } = this.#events;
    if (senderDies === undefined) return;
    const dead = this.#groups[0]!;
    if (second === senderDies) dead.isDead = true;
    if (!dead.isDead || second < senderDies + TAKEN_OVER_SECONDS) return;
    const others = this.#groups.filter(({ isFirstStream }) => isFirstStream).slice(1);
    const count = others.reduce((sum, { senders }) => sum + senders, 0);
    if (count === 0) {
      // It alone sends, and is back.
      dead.isDead = false;
      return;
    }
    dead.waiting.take(Infinity, (of, samples) => {
      for (const { waiting } of others) waiting.add(of, samples / count);
    });
  }

  #send(second: number): void {
    const { outage } = this.#events;
    if (outage && second >= outage.from && second < outage.to) return;
    const living = this.#groups.filter(({ isDead }) => !isDead);
    const wanted = living.map(({ waiting }) => Math.min(waiting.total, this.#rates.aSender));
    const all = living.reduce((sum, { senders }, at) => sum + senders * wanted[at]!, 0);
    const share = all === 0 ? 0 : Math.min(1, this.#rates.receiver / all);
    for (const [at, { waiting, senders }] of living.entries()) {
      waiting.take(wanted[at]! * share, (of, samples) => {
        this.#delivered += samples * senders;
        this.#worstDelay = Math.max(this.#worstDelay, second - of);
      });
    }
  }

  get #inStreams(): number {
    return this.#groups.reduce((sum, { waiting, senders }) => sum + waiting.total * senders, 0);
  }

  get #pending(): number {
    return this.#edges.total + this.#inStreams;
  }
}

const NOTHING = 1e-3;

/** Samples that can pass in a second. */
interface Rates {
  readonly intoStreams: number;
  readonly aSender: number;
  readonly receiver: number;
}

/** What the paper says that each is used for what comes is what it can take. */
function ratesOf({ inputs, flows, resources, deployment }: Plan): Rates {
  const used = (...names: string[]): number =>
    Math.max(0, ...resources.filter(({ name }) => names.includes(name)).map(({ used }) => used));
  const { partitions, streams, sendersAStream } = deployment;
  const most = Math.ceil(partitions / sendersAStream) / partitions;
  return {
    intoStreams: flows.samples /
      used("CPU of an intake", "a stream on its leader", "CPU of the servers"),
    aSender: flows.samples / streams * most / used("CPU of a sender", "reads of a sender"),
    receiver: receiverOf(inputs, flows.samples),
  };
}

/** Of each stream some have a partition more than others; the first one may die. */
function groupsOf({ deployment }: Plan, { senderDies }: Events): Group[] {
  const { partitions, sendersAStream, streams } = deployment;
  const least = Math.floor(partitions / sendersAStream);
  const more = partitions % sendersAStream;
  const group = (senders: number, partitions: number, isFirstStream: boolean): Group => ({
    senders,
    partitions,
    waiting: new Cohorts(),
    isDead: false,
    isFirstStream,
  });
  const of = (count: number, isFirst: boolean): Group[] => [
    group(more * count, least + 1, isFirst),
    group((sendersAStream - more) * count, least, isFirst),
  ];
  if (senderDies === undefined) return of(streams, true).filter(({ senders }) => senders > 0);
  const [rich, poor] = of(1, true);
  const dead = more > 0 ? rich! : poor!;
  const one = { ...group(1, dead.partitions, true) };
  const rest = [rich!, poor!].map((each) =>
    each === dead ? group(each.senders - 1, each.partitions, true) : each
  );
  return [one, ...rest, ...of(streams - 1, false)].filter(({ senders }) => senders > 0);
}
