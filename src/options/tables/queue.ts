import { isLabelName } from "../../relabel/label_name.ts";
import { isStreamUrl, readStreamUrl } from "../../stream_url.ts";
import { block, defaulted, optional, required } from "../block.ts";
import type { CheckedEndpointOptions, CheckedQueueOptions } from "../checked.ts";
import { type Broken, shown } from "../checks.ts";
import { age, choice, list, nested, nestedOrText, path } from "../kinds.ts";
import type { Block } from "../table.ts";
import type { QueueOptions } from "../types.ts";
import { ENDPOINT, ENDPOINT_NAME } from "./endpoint.ts";
import { LIMITS } from "./limits.ts";
import { drains, orphanContradictions } from "./orphans.ts";
import { PERSISTENCE } from "./persistence.ts";
import { relabelContradictions } from "./relabel.ts";
import { JETSTREAM } from "./stream.ts";

const SEQUENCE_MS_MIN = 1_000;

/** All options of a queue. */
export const QUEUE: Block<QueueOptions, CheckedQueueOptions> = block(
  "QueueOptions",
  "What `Queue.open` takes.",
  {
    dataPath: required(path("directory"), {
      doc: "A directory that this queue alone owns; made when it is missing. A relative one " +
        "starts where the process was started.",
      fileDefault: "data",
    }),
    store: optional(nestedOrText(JETSTREAM, "url"), {
      doc: "Where signals are kept until they are sent: a stream of NATS JetStream, by its URL, " +
        "or by a block of more. Without it they are in files in `dataPath`.",
    }),
    ttl: defaulted(age("1s", "3650d"), "2h", {
      doc: "How old a sample may be, by its timestamp. One that is older when it comes in is " +
        "refused (`WriteResult.expired`); one that has grown older before an attempt to send it " +
        "is dropped for the reason `ttl`: an outage of an endpoint that lasts longer loses data " +
        "(up to a day later while no endpoint has said what time it is: docs/guarantees.md).",
    }),
    nameValidationScheme: defaulted(choice("NameValidationScheme", ["utf8", "legacy"]), "utf8", {
      doc: "Which label and metric names are valid on the way in.",
      file: "/global.metric_name_validation_scheme",
    }),
    sequenceSeries: defaulted(age("0s", "1d"), "0s", {
      doc:
        "How often the queue puts a sample of its own series `walq_sequence` into itself, each " +
        "one more than the last, by which a receiver can be asked whether anything is missing " +
        "(docs/guarantees.md); 0 is never, and the shortest is a second.",
    }),
    persistence: defaulted(nested(PERSISTENCE), {}, { doc: "How signals become files." }),
    limits: defaulted(nested(LIMITS), {}, { doc: "Bounds on what one call may bring." }),
    endpoints: required(list(nested(ENDPOINT), "endpoint", { min: 0, max: 100 }), {
      doc: "Where the signals go; every signal goes to each of them. None may be given where " +
        "`store` says that others send.",
      file: "/remote_write",
    }),
    drainOrphans: defaulted(drains(), {}, {
      doc: "What becomes of directories that endpoints of earlier options have left, by their " +
        "names: they are sent to the endpoint that is named here, with its options. What is not " +
        "named here or in `forgetOrphans` stays and is reported.",
    }),
    forgetOrphans: defaulted(list(ENDPOINT_NAME, "name", { min: 0, max: 1000 }), [], {
      doc:
        "Names of such directories whose files are deleted; with a `store`, of endpoints of before, for which the stream keeps nothing any more.",
    }),
  },
  { rule: contradictions },
);

function* contradictions(queue: CheckedQueueOptions): Generator<Broken> {
  yield* twins(queue.endpoints);
  yield* orphanContradictions(queue);
  yield* storeContradictions(queue);
  const { sequenceSeriesMs } = queue;
  if (sequenceSeriesMs > 0 && sequenceSeriesMs < SEQUENCE_MS_MIN) {
    yield [["sequenceSeries"], `got ${sequenceSeriesMs} ms, expected 0 or at least 1s`];
  }
  for (const [index, { writeRelabelConfigs }] of queue.endpoints.entries()) {
    const path = ["endpoints", index, "writeRelabelConfigs"];
    yield* relabelContradictions(writeRelabelConfigs, queue.nameValidationScheme, path);
    yield* externalContradictions(index, queue);
  }
}

/** What a stream cannot be, or what it makes meaningless. */
function* storeContradictions(queue: CheckedQueueOptions): Generator<Broken> {
  const { store, endpoints, persistence, drainOrphans } = queue;
  if (endpoints.length === 0 && store?.sends !== false) {
    yield ["endpoints", "got none, expected at least one endpoint"];
  }
  if (store === undefined) return;
  if (persistence.format !== "walq.metrics.v1" && store.partitions > 1) {
    const message = `got ${shown(persistence.format)}, expected "walq.metrics.v1" for a store of ` +
      `${store.partitions} partitions: batches of Alloy's cannot be dealt to them`;
    yield [["persistence", "format"], message];
  }
  if (persistence.sync !== "commit") {
    const message = `got ${shown(persistence.sync)}, expected "commit" with a store: its servers ` +
      "say when a commit is durable";
    yield [["persistence", "sync"], message];
  }
  for (const [index, { url, keepDeliveredMs }] of endpoints.entries()) {
    if (keepDeliveredMs !== undefined && keepDeliveredMs > 0) {
      const message = "given with a store, in which what was delivered is not kept";
      yield [["endpoints", index, "keepDelivered"], message];
    }
    if (!isStreamUrl(url) || !isOfOne(url, store.url)) continue;
    const message = `got ${shown(url)}, the stream of the store itself, expected another one`;
    yield [["endpoints", index, "url"], message];
  }
  if (Object.keys(drainOrphans).length > 0) {
    const message = "given with a store, in which all endpoints have the same batches: one that " +
      "is new is sent all that is there";
    yield ["drainOrphans", message];
  }
}

/** Two URLs of one stream; those of the same name on other servers are two. */
function isOfOne(a: string, b: string): boolean {
  const [one, other] = [a, b].map((url) => readStreamUrl(url, ""));
  if (typeof one === "string" || typeof other === "string") return false;
  return one!.stream === other!.stream &&
    one!.servers.some((server) => other!.servers.includes(server));
}

/** A label that is added to series is held to what theirs are held to. */
function* externalContradictions(
  index: number,
  { endpoints, nameValidationScheme }: CheckedQueueOptions,
): Generator<Broken> {
  for (const name of Object.keys(endpoints[index]!.externalLabels)) {
    if (isLabelName(name, nameValidationScheme)) continue;
    const message =
      'is no classic label name ("[a-zA-Z_][a-zA-Z0-9_]*"), and names are held to "legacy"';
    yield [["endpoints", index, "externalLabels", name], message];
  }
}

/** Endpoints whose names meet in one directory, where the file system does not tell case apart. */
function* twins(endpoints: readonly CheckedEndpointOptions[]): Generator<Broken> {
  const seen = new Map<string, number>();
  for (const [index, { name }] of endpoints.entries()) {
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), index);
    else {
      const message = `got ${shown(name)}, the name of endpoints[${first}]: ` +
        "expected another, as the name is the endpoint's directory";
      yield [["endpoints", index, "name"], message];
    }
  }
}
