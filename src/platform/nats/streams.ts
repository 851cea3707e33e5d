import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import type { OpenedStream, StreamFault, StreamWishes } from "../../contracts.ts";
import { formatDuration } from "../../duration.ts";
import { formatSize } from "../../size.ts";
import { RECORDS_SUFFIX } from "../../stream_url.ts";
import { streamErrorOf } from "./errors.ts";

/** The name of the stream that keeps the records. */
export function recordsOf(stream: string): string {
  return stream + RECORDS_SUFFIX;
}

/** What a stream has only where somebody said so, and what is shown where nobody did. */
const UNSAID: Partial<Record<keyof StreamConfig, string>> = {
  persist_mode: JSON.stringify("default"),
  subject_transform: "none",
  mirror: "none",
  consumer_limits: "none",
  sources: "none",
  republish: "none",
};
/** A wish for none of it. */
const NOTHING = Object.fromEntries(Object.keys(UNSAID).map((key) => [key, undefined]));

type Wish = Partial<StreamConfig> & { readonly name: string };

function wishesOf(
  { stream, replicas, maxBytes, duplicateWindowMs }: StreamWishes,
): readonly Wish[] {
  const both = {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    max_age: 0,
    max_msgs: -1,
    allow_direct: true,
    deny_delete: false,
    deny_purge: false,
    no_ack: false,
    max_msg_size: -1,
    max_consumers: -1,
    sealed: false,
    ...NOTHING,
  };
  return [
    {
      ...both,
      name: stream,
      subjects: [`${stream}.>`],
      // What is full refuses: to make room is a matter of who counts what goes.
      discard: DiscardPolicy.New,
      max_bytes: maxBytes,
      max_msgs_per_subject: -1,
      duplicate_window: duplicateWindowMs * 1e6,
    },
    {
      ...both,
      name: recordsOf(stream),
      subjects: [`${recordsOf(stream)}.>`],
      discard: DiscardPolicy.Old,
      max_bytes: -1,
      max_msgs_per_subject: 1,
    },
  ];
}

/** What walq cannot do without; the rest is as the operator likes it. */
const NEEDED: readonly (keyof StreamConfig)[] = [
  "retention",
  // In memory it does not survive a restart.
  "storage",
  "discard",
  "max_age",
  "max_msgs",
  "max_msgs_per_subject",
  "deny_delete",
  "deny_purge",
  "no_ack",
  "max_msg_size",
  "max_consumers",
  "sealed",
  // Acknowledged before it is written at all.
  "persist_mode",
  // Partitions would be others, or nothing could be published.
  "subject_transform",
  "mirror",
  // Whoever follows has a consumer of his own kind.
  "consumer_limits",
];
const WANTED: readonly (keyof StreamConfig)[] = [
  "num_replicas",
  "max_bytes",
  "allow_direct",
  "duplicate_window",
  "sources",
  "republish",
];

/**
 * Looks at the streams, and makes those that are missing; changes none that is there.
 *
 * @throws {StreamError}
 */
export async function findStreams(
  manager: JetStreamManager,
  wishes: StreamWishes,
  { makes }: { readonly makes: boolean },
): Promise<Omit<OpenedStream, "log">> {
  const faults: StreamFault[] = [];
  const missing: Wish[] = [];
  for (const wish of wishesOf(wishes)) {
    const config = await configOf(manager, wish.name);
    if (config !== undefined) faults.push(...faultsIn(config, wish));
    else if (makes) missing.push(wish);
    else {
      const [got, wanted] = ["no stream of this name", "one that `walq nats init` has made"];
      faults.push({ stream: wish.name, key: "name", got, wanted, isFatal: true });
    }
  }
  // Nothing is left behind beside one that cannot be used.
  if (faults.some(({ isFatal }) => isFatal)) return { made: [], faults };
  for (const wish of missing) await make(manager, wish);
  return { made: missing.map(({ name }) => name), faults };
}

async function make(manager: JetStreamManager, wish: Wish): Promise<void> {
  try {
    await manager.streams.add(wish);
  } catch (error) {
    const { name, num_replicas: replicas, max_bytes: maxBytes = -1 } = wish;
    const room = maxBytes === -1 ? "" : ` and max_bytes ${formatSize(maxBytes)}`;
    throw streamErrorOf(error, `cannot make the stream ${name} with replicas ${replicas}${room}`);
  }
}

async function configOf(
  manager: JetStreamManager,
  name: string,
): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if ((error as { name?: string }).name === "StreamNotFoundError") return undefined;
    throw streamErrorOf(error, `cannot look at the stream ${name}`);
  }
}

function faultsIn(config: StreamConfig, wish: Wish): StreamFault[] {
  const of = (key: keyof StreamConfig, isFatal: boolean): StreamFault[] => {
    if (!(key in wish)) return [];
    const [got, wanted] = [shown(config, key), shown(wish, key)];
    return got === wanted ? [] : [{ stream: wish.name, key, got, wanted, isFatal }];
  };
  const subjects = JSON.stringify(config.subjects) === JSON.stringify(wish.subjects)
    ? []
    : of("subjects", true);
  return [
    ...subjects,
    ...NEEDED.flatMap((key) => of(key, true)),
    // Records that are full drop each other.
    ...WANTED.flatMap((key) => of(key, key === "max_bytes" && wish.max_bytes === -1)),
  ];
}

/** Times and sizes as options have them, all else as JSON. */
function shown(config: Partial<StreamConfig>, key: keyof StreamConfig): string {
  const value = config[key] ?? false;
  const isUnsaid = value === false || JSON.stringify(value) === "{}";
  if (isUnsaid && UNSAID[key] !== undefined) return UNSAID[key];
  if (typeof value !== "number" || value <= 0) return JSON.stringify(value);
  if (key === "max_bytes") return formatSize(value);
  const isTime = key === "max_age" || key === "duplicate_window";
  if (!isTime) return JSON.stringify(value);
  // In nanoseconds, which are more digits than numbers may be exact for.
  return value < 1e6 ? `${value}ns` : formatDuration(Math.round(value / 1e6));
}
