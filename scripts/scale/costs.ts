/** What a sample, a message, a request and a record cost, by what was measured of sums of them. */
import { fit, worstOf } from "./fit.ts";
import type { Measured, MeasuredWay } from "./measured.ts";

/**
 * What passes: how many of each. A message is a part of a batch, which has a sender; its head goes
 * to all other senders of the stream too.
 */
export interface Flow {
  readonly samples: number;
  readonly messages: number;
  readonly requests: number;
  readonly otherHeads: number;
  /** Writings and readings of records. */
  readonly records: number;
}

export type Unit = keyof Flow;

/** Microseconds, or bytes, for one of each. */
export type Price = Readonly<Partial<Record<Unit, number>>>;

/** All that a plan goes by. */
export interface Costs {
  readonly intakeUs: Price;
  readonly senderUs: Price;
  /** Of all servers together. */
  readonly serversUs: (replicas: number) => Price;
  /** Of the one that leads a stream. */
  readonly leaderUs: (replicas: number) => Price;
  readonly bytes: {
    readonly in: Price;
    /** Of one copy, as `max_bytes` counts it. */
    readonly stream: Price;
    readonly fromNats: Price;
    readonly out: Price;
    readonly files: Price;
    /** What servers give each other: copies, and what clients ask of another one than the leader. */
    readonly betweenServers: (replicas: number) => Price;
    /** Written by all servers together. */
    readonly storage: (replicas: number) => Price;
  };
  /** How far the worst sum of prices is from what was measured, as a share. */
  readonly worst: Readonly<Record<"intake" | "sender" | "servers" | "leader", number>>;
}

export function priceOf(price: Price, flow: Flow): number {
  return (Object.keys(price) as Unit[]).reduce((sum, unit) => sum + price[unit]! * flow[unit], 0);
}

function times(price: Price, factor: number): Price {
  return Object.fromEntries(Object.entries(price).map(([unit, one]) => [unit, one * factor]));
}

export function costsOf({ ways }: Measured): Costs {
  const apart = ways.filter(({ replicas, senders }) => replicas === 1 && senders > 0);
  const intake = priced(apart, ["samples", "messages", "requests"], cpu("intake"));
  const sender = priced(apart, ["samples", "messages", "otherHeads", "records"], cpu("sender"));
  const servers = byReplicas(ways, SERVER_UNITS, cpu("nats-server"));
  const leader = byReplicas(ways, SERVER_UNITS, ({ leaderUs }) => leaderUs, "alike");
  const storage = byReplicas(
    ways,
    ["samples", "messages", "records"],
    ({ bytes }) => bytes.storage,
  );
  const between = byReplicas(ways, ["samples", "messages"], (way) => way.bytes.betweenServers);
  const hasCopies = ways.some(({ replicas }) => replicas > 1);
  const bytes = (units: readonly Unit[], of: (way: MeasuredWay) => number): Price =>
    priced(apart, units, of).price;
  const held = ways.filter(({ held }) => held.bytes > 0)
    .map((way) => ({ ...way, messages: way.held.messages }));
  const stream = priced(held, ["samples", "messages"], (way) => way.held.bytes).price;
  const files = ways.find((way) => way.bytes.files > 0)?.bytes.files ?? 0;
  return {
    intakeUs: intake.price,
    senderUs: sender.price,
    serversUs: servers.of,
    leaderUs: leader.of,
    bytes: {
      in: bytes(["samples", "requests"], (way) => way.bytes.in),
      stream,
      fromNats: bytes(["samples", "messages", "otherHeads"], (way) => way.bytes.fromNats),
      out: bytes(["samples", "messages"], (way) => way.bytes.out),
      files: { samples: files },
      // Where no copies were measured it is the copies alone.
      betweenServers: (replicas) => hasCopies ? between.of(replicas) : times(stream, replicas - 1),
      storage: storage.of,
    },
    worst: {
      intake: intake.worst,
      sender: sender.worst,
      servers: servers.worst,
      leader: leader.worst,
    },
  };
}

const SERVER_UNITS: readonly Unit[] = ["samples", "messages", "otherHeads", "records"];

interface Priced {
  readonly price: Price;
  readonly worst: number;
}

function priced(
  ways: readonly MeasuredWay[],
  units: readonly Unit[],
  of: (way: MeasuredWay) => number,
): Priced {
  const measurements = ways.map((way) => {
    const flow = flowOf(way);
    return { has: units.map((unit) => flow[unit]), cost: of(way) };
  });
  const prices = fit(units.length, measurements);
  return {
    price: Object.fromEntries(units.map((unit, at) => [unit, prices[at]!])),
    worst: worstOf(prices, measurements),
  };
}

/** What passes for each sample. */
function flowOf({ messages, requests, senders, records }: MeasuredWay): Flow {
  return {
    samples: 1,
    messages,
    requests,
    otherHeads: messages * Math.max(0, senders - 1),
    records,
  };
}

function cpu(role: string) {
  return ({ cpuUs }: MeasuredWay): number => cpuUs[role] ?? 0;
}

/** As measured with one copy and with three; what is between or beyond is on the line through both. */
function byReplicas(
  ways: readonly MeasuredWay[],
  units: readonly Unit[],
  of: (way: MeasuredWay) => number,
  copies: "each" | "alike" = "each",
): { readonly of: (replicas: number) => Price; readonly worst: number } {
  const inStream = ways.filter(({ messages }) => messages > 0);
  const counts = [...new Set(inStream.map(({ replicas }) => replicas))].sort((a, b) => a - b);
  const fits = counts.map((replicas) =>
    priced(inStream.filter((way) => way.replicas === replicas), units, of)
  );
  const [first, last] = [fits[0]!.price, fits.at(-1)!.price];
  const span = counts.at(-1)! - counts[0]!;
  return {
    of: (replicas) => {
      const share = span === 0 ? 0 : (replicas - counts[0]!) / span;
      // With one count alone, each copy costs what the first one does.
      const factor = copies === "each" ? replicas / counts[0]! : 1;
      const at = (unit: Unit): number =>
        span === 0
          ? first[unit]! * factor
          : Math.max(0, first[unit]! + (last[unit]! - first[unit]!) * share);
      return Object.fromEntries(units.map((unit) => [unit, at(unit)]));
    },
    worst: Math.max(...fits.map(({ worst }) => worst)),
  };
}
