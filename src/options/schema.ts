import * as v from "valibot";
import * as limits from "../limits.ts";
import type { ResolvedEndpoint, ResolvedOptions } from "./resolved.ts";
import { type Check, check, choice, duration, integer, shown, strict } from "./checks.ts";
import { ENDPOINT } from "./endpoint.ts";
import { LIMITS } from "./limits.ts";
import { DRAIN_ORPHANS, FORGET_ORPHANS, orphanIssues } from "./orphans.ts";

const DATA_PATH = check(
  "the path of a directory",
  (input) => typeof input === "string" && input !== "" && !input.includes("\0") ? input : undefined,
);

const PERSISTENCE = strict({
  format: v.optional(choice(["walq.metrics.v1", "alloy.metrics.queue.v1"]), "walq.metrics.v1"),
  maxSignalsToBatch: v.optional(integer(limits.MAX_SIGNALS_TO_BATCH), 10_000),
  batchInterval: v.optional(duration(limits.BATCH_INTERVAL_MS), "5s"),
  groupCommitInterval: v.optional(duration(limits.GROUP_COMMIT_INTERVAL_MS), "20ms"),
  sync: v.optional(choice(["commit", "interval", "none"]), "commit"),
  syncInterval: v.optional(duration(limits.SYNC_INTERVAL_MS), "1s"),
});

const ENDPOINTS = v.pipe(
  v.array(ENDPOINT, (issue) => `got ${shown(issue.input)}, expected a list of endpoints`),
  v.minLength(1, "got none, expected at least one endpoint"),
  v.maxLength(
    limits.ENDPOINTS_MAX,
    (issue) => `got ${issue.input.length} endpoints, expected at most ${limits.ENDPOINTS_MAX}`,
  ),
  v.rawCheck<ResolvedEndpoint[]>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [index, first] of twins(dataset.value)) {
      const input = dataset.value;
      const endpoint = input[index]!;
      const message = `got ${shown(endpoint.name)}, the name of endpoints[${first}]: ` +
        "expected another, as the name is the endpoint's directory";
      addIssue({
        message,
        path: [
          { type: "array", origin: "value", input, key: index, value: endpoint },
          {
            type: "object",
            origin: "value",
            input: { ...endpoint },
            key: "name",
            value: endpoint.name,
          },
        ],
      });
    }
  }),
);

/** {@link QueueOptions}, checked and resolved. */
export const OPTIONS: Check<ResolvedOptions> = v.pipe(
  strict({
    dataPath: DATA_PATH,
    ttl: v.optional(duration(limits.TTL_MS), "2h"),
    nameValidationScheme: v.optional(choice(["utf8", "legacy"]), "utf8"),
    persistence: v.optional(PERSISTENCE, {}),
    limits: v.optional(LIMITS, {}),
    endpoints: ENDPOINTS,
    drainOrphans: v.optional(DRAIN_ORPHANS, {}),
    forgetOrphans: v.optional(FORGET_ORPHANS, []),
  }),
  orphanIssues(),
  v.transform((
    { dataPath, ttl, nameValidationScheme, persistence, limits, endpoints, ...orphans },
  ): ResolvedOptions => ({
    dataPath,
    ttlMs: ttl,
    maxSignalsToBatch: persistence.maxSignalsToBatch,
    batchIntervalMs: persistence.batchInterval,
    groupCommitIntervalMs: persistence.groupCommitInterval,
    requestBytesMax: limits.requestBytesMax,
    uncompressedBytesMax: limits.uncompressedBytesMax,
    seriesCacheBytesMax: limits.seriesCacheBytesMax,
    writerRules: {
      format: persistence.format,
      names: nameValidationScheme,
      labelLimit: limits.labelLimit,
      labelNameLengthLimit: limits.labelNameLengthLimit,
      labelValueLengthLimit: limits.labelValueLengthLimit,
    },
    sync: { sync: persistence.sync, syncIntervalMs: persistence.syncInterval },
    endpoints,
    ...orphans,
  })),
);

/** Endpoints whose names meet in one directory, where the file system does not tell case apart. */
function* twins(endpoints: readonly ResolvedEndpoint[]): Generator<[index: number, first: number]> {
  const seen = new Map<string, number>();
  for (const [index, { name }] of endpoints.entries()) {
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), index);
    else yield [index, first];
  }
}
