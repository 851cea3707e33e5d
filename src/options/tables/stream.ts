/** A stream of NATS JetStream: how it is made, and who walq is before its servers. */
import { block, defaulted, optional, required } from "../block.ts";
import type { CheckedHandOverOptions, CheckedJetStreamOptions } from "../checked.ts";
import { type Broken, oneOf } from "../checks.ts";
import { duration, flag, integer, nested, path, secret, size } from "../kinds.ts";
import type { Block, Bounded, Kind, Option } from "../table.ts";
import type { HandOverOptions, JetStreamOptions } from "../types.ts";
import { TLS } from "./tls.ts";
import { natsUrl } from "./url.ts";

type Count = Option<Kind<number, number> & Bounded, "defaulted">;

/** The compiler wants to be told what a table may spread. */
type StreamRows = {
  readonly partitions: Count;
  readonly replicas: Count;
  readonly maxBytes: Option<ReturnType<typeof size>, "defaulted">;
  readonly duplicateWindow: Option<ReturnType<typeof duration>, "defaulted">;
  readonly credentialsFile: Option<Kind<string, string>, "optional">;
  readonly nkeySeedFile: Option<Kind<string, string>, "optional">;
};

/** The same for a queue in a stream, and for an endpoint that is one. */
const STREAM_ROWS: StreamRows = {
  partitions: defaulted(integer(1, 256), 8, {
    doc: "Parts of the stream, of which each is sent by one process at a time; the series are " +
      "dealt to them. All who use the stream have to have the same number, which is written down " +
      "with it.",
  }),
  replicas: defaulted(integer(1, 5), 3, {
    doc: "Servers that keep a copy, where the stream is made; a message is acknowledged when " +
      "more than half of them have it. With 1 a server that is lost takes with it what it had.",
  }),
  maxBytes: defaulted(size("1MiB", "1PiB"), "10GiB", {
    doc: "Bytes that the stream takes at most, where it is made. When it is full it takes " +
      "nothing more until something was sent.",
  }),
  duplicateWindow: defaulted(duration("1s", "1d"), "2m", {
    doc: "How long the servers know a batch that was stored, where the stream is made: one that " +
      "is published again within that time, as the answer was lost, is stored once.",
  }),
  credentialsFile: optional(path("file"), {
    doc: "A file of credentials, as nsc writes them: a JWT and the seed that it is for. It is " +
      "read again whenever a connection is made.",
  }),
  nkeySeedFile: optional(path("file"), {
    doc: "A file that holds the seed of an nkey; read again as `credentialsFile`.",
  }),
};

/** A queue in a stream. */
export const JETSTREAM: Block<JetStreamOptions, CheckedJetStreamOptions> = block(
  "JetStreamOptions",
  "A stream of NATS JetStream that keeps the queue in place of files: see `jetStreamStore`.",
  {
    url: required(natsUrl("username and password"), {
      doc: "The servers and the stream, such as `nats://host1:4222,host2:4222/stream`: without " +
        "user name and password; the port is 4222 where there is none. The text alone can stand " +
        "for the whole block.",
    }),
    ...STREAM_ROWS,
    sends: defaulted(flag(), true, {
      doc: "Whether this process sends what is in the stream; if not, it takes metrics in and " +
        "leaves that to others, and `endpoints` may be empty.",
    }),
    username: optional(secret("a text that is not empty", (text) => text !== ""), {
      doc: "With `password` or its file.",
    }),
    password: optional(secret("a text", () => true), {
      doc: "A secret, never logged. Only with `username`.",
      defaultDoc: "empty",
    }),
    passwordFile: optional(path("file"), {
      doc: "A file that holds it; read again as `credentialsFile`.",
      insteadOf: "password",
    }),
    token: optional(secret("a text that is not empty", (text) => text !== ""), {
      doc: "A secret, never logged.",
    }),
    tokenFile: optional(path("file"), {
      doc: "A file that holds it; read again as `credentialsFile`.",
      insteadOf: "token",
    }),
    tlsConfig: optional(nested(TLS), {
      doc: "TLS, also as an empty block: then servers that have none are refused. Without it TLS " +
        "is spoken where the servers ask for it.",
    }),
    timeout: defaulted(duration("100ms", "1h"), "10s", {
      doc: "How long a server may take to answer.",
    }),
  },
  { rule: contradictions },
);

/** An endpoint that is a stream: what its other options do not say. */
export const HAND_OVER: Block<HandOverOptions, CheckedHandOverOptions> = block(
  "HandOverOptions",
  "A stream of NATS JetStream that an endpoint hands over to.",
  STREAM_ROWS,
);

/** What is given of who walq is, by what it is. */
const WAYS = [
  ["credentialsFile"],
  ["nkeySeedFile"],
  ["username"],
  ["token", "tokenFile"],
] as const;

function* contradictions(given: CheckedJetStreamOptions): Generator<Broken> {
  yield* oneOf(given, "password", "passwordFile");
  yield* oneOf(given, "token", "tokenFile");
  for (const name of ["password", "passwordFile"] as const) {
    if (given[name] !== undefined && given.username === undefined) {
      yield [name, "given without username"];
    }
  }
  const [first, second] = WAYS.flatMap((names) =>
    names.find((name) => given[name] !== undefined) ?? []
  );
  if (second === undefined) return;
  yield [second, `given together with ${first}, expected at most one of them`];
}
