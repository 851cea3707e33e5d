import { formatFlag, setFlag } from "./common_flags.ts";
import type { Flag } from "./flags.ts";
import type { CommandRow } from "./row.ts";

const file = (name: string, help: string): Flag => ({
  name,
  help,
  value: { kind: "file", name: "FILE" },
});

/** What says of a stream without a configuration what a configuration would. */
const STREAM_FLAGS: readonly Flag[] = [
  {
    name: "--url",
    help: "a stream, such as nats://host1:4222,host2:4222/stream",
    value: { kind: "text", name: "URL" },
  },
  {
    name: "--partitions",
    help: "what it is parted into (8, where no configuration says it)",
    value: { kind: "count", name: "COUNT" },
  },
  {
    name: "--replicas",
    help: "servers that keep a copy (3)",
    value: { kind: "count", name: "COUNT" },
  },
  {
    name: "--max-bytes",
    help: "what it takes at most (10GiB)",
    value: { kind: "size", name: "SIZE" },
  },
  {
    name: "--duplicate-window",
    help: "how long a batch is known that is stored again (2m)",
    value: { kind: "duration", name: "TIME" },
  },
  {
    name: "--timeout",
    help: "how long a server may take to answer (10s)",
    value: { kind: "duration", name: "TIME" },
  },
  file("--credentials-file", "a file of credentials, as nsc writes them"),
  file("--nkey-seed-file", "the file that holds the seed of an nkey"),
  {
    name: "--user",
    help: "a user name; with --password-file",
    value: { kind: "text", name: "NAME" },
  },
  file("--password-file", "the file that holds the password"),
  file("--token-file", "the file that holds a token"),
  { name: "--tls", help: "refuse servers that speak no TLS" },
  file("--ca-file", "the same, with certificates in PEM of those who may have signed theirs"),
  file("--cert-file", "a certificate of the client's own, in PEM"),
  file("--key-file", "the key of that certificate"),
];

/** `walq nats`. */
export const natsRow: CommandRow = {
  name: "nats",
  summary: "make the streams of NATS JetStream that a configuration needs, or look at them",
  description: [
    "init makes the streams that are missing, and writes down what they are parted into; it " +
    "changes nothing that is there. check makes nothing, and tries whether who asks has the " +
    "rights that a queue needs. Both say what is configured otherwise than it should be. " +
    "The exit code is 1 where a queue could not use a stream as it is, or could lose by it what was acknowledged.",
    "Which streams: the store of a configuration (queue.store) and each of its endpoints that is " +
    "a stream (a URL of nats), or one that --url says.",
  ],
  positionals: [{ name: "ACTION", kind: "text", help: "init or check", isRequired: true }],
  flags: [
    {
      name: "--config",
      help: "the configuration, in Prometheus's YAML; - is standard input",
      value: { kind: "file", name: "FILE" },
    },
    setFlag,
    ...STREAM_FLAGS,
    formatFlag,
  ],
  examples: [
    { line: "nats init --config walq.yaml", shows: "all streams of that configuration" },
    {
      line: "nats init --url nats://nats-1,nats-2,nats-3/metrics --partitions 16",
      shows: "one stream",
    },
    { line: "nats check --config walq.yaml", shows: "what is wrong with them" },
  ],
  run: async (args, host) => await (await import("./handlers/nats.ts")).nats(args, host),
};
