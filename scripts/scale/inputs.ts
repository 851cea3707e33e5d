/** What a plan starts from, beside what was measured: assumptions that everybody may change. */
import { LIMITS, NATS_LIMITS } from "./limits.ts";

/** All of them; a sample is a value of a series. */
export interface Inputs {
  readonly edgeSeries: number;
  readonly scrapeSeconds: number;
  /** Samples a request of an edge at most. */
  readonly requestSamples: number;
  /** Each gets all samples. */
  readonly endpoints: number;
  readonly replicas: number;
  /** Partitions a stream; 0 takes those that cost least. */
  readonly partitions: number;
  readonly groupCommitSeconds: number;
  readonly connectionsAnIntake: number;
  readonly connectionsAServer: number;
  /** Cores that a stream can use on the server that leads it. */
  readonly streamCores: number;
  /** Of a server of NATS. */
  readonly serverCores: number;
  readonly diskBytesPerSecond: number;
  readonly networkBytesPerSecond: number;
  /** How long a message takes that is read, and how many are read at a time. */
  readonly readSeconds: number;
  readonly readsAtOnce: number;
  /** What all receivers take together; 0 is twice what comes. */
  readonly receiverSamplesPerSecond: number;
  /** What a stream takes. */
  readonly streamBytesMax: number;
  /** How full a resource is planned to be: the rest is for what comes after an outage. */
  readonly fill: number;
  /** The least of each kind of process for a stream, so that one may die. */
  readonly processesMin: number;
}

export const DEFAULT_INPUTS: Inputs = {
  edgeSeries: 1_000,
  scrapeSeconds: 15,
  requestSamples: 2_000,
  endpoints: 1,
  replicas: 3,
  partitions: 0,
  groupCommitSeconds: LIMITS.groupCommitSeconds,
  connectionsAnIntake: LIMITS.connectionsAnIntake,
  connectionsAServer: NATS_LIMITS.connections,
  streamCores: 1,
  serverCores: 8,
  diskBytesPerSecond: 400e6,
  networkBytesPerSecond: 1.25e9,
  readSeconds: 0.001,
  // A lane reads fifteen batches ahead of the one that is sent.
  readsAtOnce: 16,
  receiverSamplesPerSecond: 0,
  streamBytesMax: LIMITS.streamBytesMax,
  fill: 0.5,
  processesMin: 2,
};

/** What each is called on the command line, and what it says. */
export const INPUT_OPTIONS: Readonly<Record<keyof Inputs, readonly [option: string, doc: string]>> =
  {
    edgeSeries: ["series", "series of an edge host"],
    scrapeSeconds: ["scrape-seconds", "seconds between two scrapes"],
    requestSamples: ["request-samples", "samples a request of an edge, at most"],
    endpoints: ["endpoints", "receivers that each get all samples"],
    replicas: ["replicas", "copies of each stream"],
    partitions: ["partitions", "partitions a stream; 0: those that cost least"],
    groupCommitSeconds: ["group-commit-seconds", "how long an intake waits for other commits"],
    connectionsAnIntake: ["intake-connections", "connections of an intake process, at most"],
    connectionsAServer: ["server-connections", "connections of a server of NATS, at most"],
    streamCores: ["stream-cores", "cores that one stream can use on its leader"],
    serverCores: ["server-cores", "cores of a server of NATS"],
    diskBytesPerSecond: ["disk-bytes", "bytes a second that its disk writes"],
    networkBytesPerSecond: ["network-bytes", "bytes a second of its network, each way"],
    readSeconds: ["read-seconds", "seconds until a message of a stream is read"],
    readsAtOnce: ["reads-at-once", "messages that a sender reads at a time"],
    receiverSamplesPerSecond: [
      "receiver-samples",
      "samples a second that each receiver takes; 0: twice what comes",
    ],
    streamBytesMax: ["stream-bytes", "max_bytes of a stream"],
    fill: ["fill", "how full a resource is planned to be"],
    processesMin: ["processes-min", "intakes and senders of a stream, at least"],
  };
