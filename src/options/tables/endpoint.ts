import { assert } from "../../assert.ts";
import { formatDuration } from "../../duration.ts";
import { expectedEndpointName, isEndpointName } from "../../endpoint_name.ts";
import { ENDPOINT_NAME_LENGTH_MAX } from "../../limits.ts";
import { block, defaulted, optional, required } from "../block.ts";
import type { CheckedEndpointOptions } from "../checked.ts";
import type { Broken } from "../checks.ts";
import { age, choice, duration, flag, integer, nested, size, sizeOrZero, text } from "../kinds.ts";
import type { Block, Kind } from "../table.ts";
import type { EndpointOptions } from "../types.ts";
import { AZURE_AD } from "./azuread.ts";
import { BATCH_COUNTS, batchCountContradictions } from "./batch_count.ts";
import { externalLabels, headers } from "./headers.ts";
import { clientContradictions, HTTP_CLIENT } from "./http_client.ts";
import { PARALLELISM, parallelismContradictions } from "./parallelism.ts";
import { relabelConfigs } from "./relabel.ts";
import { SIGV4 } from "./sigv4.ts";
import { handOverContradictions } from "./hand_over.ts";
import { HAND_OVER } from "./stream.ts";
import { endpointUrl } from "./url.ts";

/** The name of an endpoint, which is that of its directory. */
export const ENDPOINT_NAME: Kind<string, string> = {
  ...text(
    expectedEndpointName,
    (input) => isEndpointName(input) ? input : undefined,
  ),
  bounds: `1 to ${ENDPOINT_NAME_LENGTH_MAX} characters`,
};

const RETRY_BACKOFF = duration("1ms", "1h");
const RETRY_BACKOFF_MAX = duration("1ms", "1d");
assert(RETRY_BACKOFF.max <= RETRY_BACKOFF_MAX.max, "the first wait can be over the longest");

const FILTERED = "if not, they count as dropped for the reason `filtered`.";

/** Where signals go, and how. */
export const ENDPOINT: Block<EndpointOptions, CheckedEndpointOptions> = block(
  "EndpointOptions",
  "One place that the signals go to.",
  {
    name: required(ENDPOINT_NAME, {
      doc: "Names the endpoint's directory: letters, digits, `_`, and behind the first one `.` " +
        "and `-`; unique, and not a name that walq uses there (`walq.lock`).",
      defaultDoc: "in YAML from the URL",
    }),
    url: required(endpointUrl(), {
      doc: "http or https, without user name, password and fragment; or a stream of NATS " +
        "JetStream that the endpoint hands over to, such as `nats://host1,host2/stream`.",
    }),
    nats: optional(nested(HAND_OVER), {
      doc: "What there is to say of such a stream beside `basicAuth`, `bearerToken` and " +
        "`tlsConfig`.",
    }),
    writeTimeout: defaulted(duration("10ms", "1h"), "30s", {
      doc: "One attempt takes at most this long.",
      file: { key: "remote_timeout", clamps: true, defaultsAtZero: true },
    }),
    headers: defaulted(headers(), {}, {
      doc: "Added to every request; none that walq, HTTP or remote write sets itself. Values are " +
        "secrets.",
    }),
    ...HTTP_CLIENT,
    roundRobinDns: defaulted(flag(), false, {
      doc: "Connect to a random address of all that the host has, not to the first that takes " +
        "the connection.",
    }),
    sigv4: optional(nested(SIGV4), {
      doc: "Each request is signed by AWS Signature Version 4.",
    }),
    azuread: optional(nested(AZURE_AD), {
      doc: "A token of Azure AD in the Authorization header.",
    }),
    protobufMessage: optional(
      choice("ProtobufMessage", ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"]),
      {
        doc: "Remote write 1.0 or 2.0. An endpoint that answers as one that does not know 2.0 " +
          "gets 1.0 from then on.",
        defaultDoc: '"prometheus.WriteRequest", and 2.0 for a stream',
        emptyIsGiven: true,
      },
    ),
    metadataCacheEnabled: defaulted(flag(), false, {
      doc: "Leave out metadata entries that are the same as one that the endpoint has taken.",
    }),
    metadataCacheSize: defaulted(integer(1, 100_000), 1_000, {
      doc: "Entries that are remembered for that.",
    }),
    sendExemplars: defaulted(flag(), true, {
      doc: `Send exemplars; ${FILTERED}`,
      prometheusDefault: "false",
    }),
    sendNativeHistograms: defaulted(flag(), true, {
      doc: `Send native histograms; ${FILTERED}`,
      prometheusDefault: "false",
    }),
    ...BATCH_COUNTS,
    flushInterval: defaulted(duration("10ms", "1h"), "1s", {
      doc: "How long a request waits to be filled.",
      file: [
        { key: "queue_config.batch_send_deadline", clamps: true },
        "queue_config.flush_interval",
      ],
      prometheusDefault: "5s",
    }),
    retryBackoff: defaulted(RETRY_BACKOFF, "1s", {
      doc: "First wait between attempts; doubles, with jitter, up to `retryBackoffMax`.",
      file: [{ key: "queue_config.min_backoff", clamps: true }, "queue_config.retry_backoff"],
      prometheusDefault: "30ms",
    }),
    retryBackoffMax: defaulted(RETRY_BACKOFF_MAX, "30s", {
      doc: "Longest wait between attempts; not below `retryBackoff`.",
      file: [
        { key: "queue_config.max_backoff", clamps: true, defaultsAtZero: true },
        "queue_config.retry_backoff_max",
      ],
      prometheusDefault: "5s",
    }),
    ...PARALLELISM,
    maxRetryAttempts: defaulted(integer(0, 1_000_000), 0, {
      doc:
        "Attempts after the first that fail; 0 is without limit. What `onRefused` holds is none.",
      file: "queue_config.max_retry_attempts",
    }),
    sampleAgeLimit: defaulted(age("0s", "3650d"), "0s", {
      doc: "What is older is not sent to this endpoint, and dropped as `ttl`; 0 is as old as " +
        "the queue's `ttl` allows.",
      file: { key: "queue_config.sample_age_limit", clamps: true },
    }),
    compression: defaulted(choice("RequestCompression", ["snappy", "zstd"]), "snappy", {
      doc:
        "What requests are under. `zstd`, at level 1, is for VictoriaMetrics; an endpoint that " +
        "answers 400 or 415 to it and takes the same under snappy gets snappy from then on. Not " +
        "on Node before 22.15.",
    }),
    rateLimit: defaulted(sizeOrZero("1KiB", "1TiB"), 0, {
      doc: "Bytes a second that are sent to the endpoint at most, compressed; 0 is without limit.",
      file: "queue_config.rate_limit",
    }),
    maxDiskBytes: defaulted(sizeOrZero("1KiB", "1PiB"), 0, {
      doc: "Bytes that the endpoint's files take at most; 0 is without limit.",
      file: "queue_config.max_disk_bytes",
    }),
    onFull: defaulted(choice("OnFull", ["drop_oldest", "reject"]), "drop_oldest", {
      doc: "What happens when they would be more: the oldest files are dropped, counted as " +
        "`disk_limit`, or commits are refused with `STORAGE` until there is room.",
      file: "queue_config.on_full",
    }),
    rejectedBytesMax: defaulted(sizeOrZero("1KiB", "1PiB"), "256MiB", {
      doc: "Bytes that the files in `rejected/` take at most: requests that the endpoint refused " +
        "for good, which can be sent again. The oldest are removed first; 0 keeps none.",
      file: "queue_config.rejected_bytes_max",
    }),
    rejectedAgeMax: defaulted(age("0s", "3650d"), "30d", {
      doc: "How long such a request is kept; 0 keeps none.",
      file: "queue_config.rejected_age_max",
    }),
    keepDelivered: defaulted(age("0s", "3650d"), "0s", {
      doc: "How long the files of batches are kept, in `delivered/`, when all of their signals " +
        "have an outcome, so that they can be sent again; 0 deletes them at once.",
      file: "queue_config.keep_delivered",
    }),
    keepDeliveredBytesMax: defaulted(size("1KiB", "1PiB"), "1GiB", {
      doc: "Bytes that these files take at most, 4 KiB each at least; the oldest are removed " +
        "first.",
      file: "queue_config.keep_delivered_bytes_max",
    }),
    onRefused: defaulted(choice("OnRefused", ["hold", "drop"]), "hold", {
      doc: "What happens when the endpoint refuses who asks, or says that nothing is here, and " +
        "nothing about the data (401, 403, 404 and others). `hold`: nothing is dropped, and it " +
        "is asked again, soon and then after pauses from 30 s to five minutes, and at once " +
        "after an update or when a secret file has changed. `drop`: what was sent is dropped as " +
        "`rejected`, as Prometheus does it, also for 408.",
      file: "queue_config.on_refused",
    }),
    splitOnBadRequest: defaulted(flag(), true, {
      doc: "A request that is answered with 400 is sent again in halves, and those in halves, " +
        "until what is refused stands alone: only that is dropped as `rejected`. Costs at most " +
        "64 attempts beyond those of the request; what is refused after that is dropped as it is.",
      file: "queue_config.split_on_bad_request",
    }),
    sendOrder: defaulted(choice("SendOrder", ["strict", "fresh_first"]), "strict", {
      doc: "In which order a backlog is sent. `strict`: the oldest first. `fresh_first`, for " +
        "endpoints that take samples out of order: what is new goes first, in a lane of its own, " +
        "and the backlog behind it, each in order. walq asks the endpoint by a series of its own " +
        "(`walq_order_probe`) before, and keeps the strict order where it refuses: see " +
        "docs/guarantees.md.",
      file: "queue_config.send_order",
    }),
    freshFirstAfter: defaulted(duration("1s", "1d"), "30s", {
      doc: "With `sendOrder: fresh_first`, there are two lanes when what is to be sent next has " +
        "waited this long.",
      file: "queue_config.fresh_first_after",
    }),
    sendMetadata: defaulted(flag(), true, {
      doc: "Send metadata; if not, it counts as dropped for the reason `filtered`.",
      file: "metadata_config.send",
    }),
    metadataSendInterval: defaulted(duration("1s", "24d"), "1m", {
      doc: "How often metadata of what `walq run` scrapes is sent again: the shortest of all " +
        "endpoints that get any holds for all of them. What is new or has changed, and what " +
        "comes in otherwise, goes at once.",
      file: { key: "metadata_config.send_interval", clamps: true },
    }),
    externalLabels: defaulted(externalLabels(), {}, {
      doc: "Added to series that have no such label, such as `cluster` and `__replica__`; in " +
        "YAML those of `global` for all endpoints, and an endpoint's own beside them.",
      file: [
        { key: "/global.external_labels", expands: true, adds: true },
        { key: "external_labels", expands: true },
      ],
    }),
    writeRelabelConfigs: defaulted(relabelConfigs(), [], {
      doc: "Rules for the labels of series on their way to this endpoint, one after the other, " +
        "when `externalLabels` have been added. A series that they drop counts as dropped for " +
        "the reason `dropped_series`.",
    }),
  },
  { rule: contradictions },
);

/** What is wrong between options that are each fine. */
function* contradictions(endpoint: CheckedEndpointOptions): Generator<Broken> {
  const { retryBackoffMs, retryBackoffMsMax } = endpoint;
  yield* clientContradictions(endpoint);
  if (retryBackoffMs > retryBackoffMsMax) {
    const max = formatDuration(retryBackoffMsMax);
    yield [
      "retryBackoff",
      `got ${formatDuration(retryBackoffMs)}, expected at most retryBackoffMax (${max})`,
    ];
  }
  yield* handOverContradictions(endpoint);
  yield* batchCountContradictions(endpoint);
  yield* parallelismContradictions(endpoint);
}
