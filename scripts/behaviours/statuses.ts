import type { Group } from "./behaviour.ts";
import { answering, holds, serve, status, then } from "./servers.ts";

const WRITTEN = {
  "x-prometheus-remote-write-samples-written": "4",
  "x-prometheus-remote-write-histograms-written": "0",
  "x-prometheus-remote-write-exemplars-written": "0",
};
const V2 = { protobufMessage: "io.prometheus.write.v2.Request" } as const;
const OK = status(204);

/** What comes back, by its status. */
export const STATUSES: readonly Group[] = [
  {
    title: "It is taken",
    behaviours: [
      answering("204", OK),
      answering("200 with a body", status(200, {}, "thank you")),
      answering("202", status(202)),
      answering("299", status(299)),
    ],
  },
  {
    title: "Not now",
    behaviours: [
      answering("500 twice, then 204", then(status(500), OK, 2)),
      answering("502 twice, then 204", then(status(502), OK, 2)),
      answering(
        "503 with `Retry-After: 1`, then 204",
        then(status(503, { "retry-after": "1" }), OK),
      ),
      answering("503 always", status(503, {}, "overloaded")),
      answering("504 always", status(504)),
      answering("429, then 204", then(status(429), OK)),
      answering(
        "429 with `Retry-After: 1`, then 204",
        then(status(429, { "retry-after": "1" }), OK),
      ),
      answering(
        "429 with a `Retry-After` that is past, then 204",
        then(status(429, { "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT" }), OK),
      ),
      answering("429 with a `Retry-After` of a day", status(429, { "retry-after": "86400" })),
      answering("408, then 204", then(status(408), OK)),
      answering("425, then 204", then(status(425), OK)),
    ],
  },
  {
    title: "Not you, or not here",
    behaviours: [
      ...[401, 402, 403, 404, 405, 407, 410, 421, 426, 451, 511].map((code) =>
        answering(`${code} always`, status(code, {}, "go away"))
      ),
      answering("401 with `on_refused: drop`", status(401), { onRefused: "drop" }),
      {
        name: "401 until the token's file has changed",
        open: async (stage) => {
          const bearerTokenFile = stage.file("token", "old");
          const url = await serve(stage, (response, { message, number }) => {
            if (number === 1) stage.file("token", "new");
            const isNew = message.headers.authorization === "Bearer new";
            response.writeHead(isNew ? 204 : 401).end();
          });
          // It is asked again when the file has been read, not while it is.
          return { url, bearerTokenFile, retryBackoff: "1s", retryBackoffMax: "1s" };
        },
      },
    ],
  },
  {
    title: "About the data",
    behaviours: [
      answering("400 always", status(400, {}, "out of order sample")),
      answering("400 to one series of four", (response, { body }) => {
        const isPoison = holds(body, "poison");
        response.writeHead(isPoison ? 400 : 204).end(isPoison ? "bad series" : "");
      }),
      answering(
        "the same, with `split_on_bad_request: false`",
        (response, { body }) => void response.writeHead(holds(body, "poison") ? 400 : 204).end(),
        { splitOnBadRequest: false },
      ),
      answering("409 always", status(409, {}, "duplicate sample")),
      answering("422 always", status(422, {}, "too old")),
      answering("413 to more than two samples", (response, { body }) => {
        const series = ["plain_a", "plain_b", "plain_c", "poison"];
        const count = series.filter((name) => holds(body, name)).length;
        response.writeHead(count > 2 ? 413 : 204).end();
      }),
      answering("413 always", status(413)),
      answering("503 always, with `max_retry_attempts: 2`", status(503), { maxRetryAttempts: 2 }),
    ],
  },
  {
    title: "Versions and compression",
    behaviours: [
      answering("2.0: 204 with what was written", status(204, WRITTEN), V2),
      answering(
        "2.0: 204 with half of it written",
        status(204, { ...WRITTEN, "x-prometheus-remote-write-samples-written": "2" }),
        V2,
      ),
      answering("2.0: 204 that does not say what was written", OK, V2),
      answering("2.0: 415, and 204 to 1.0", (response, { message }) => {
        const isV1 = message.headers["x-prometheus-remote-write-version"] === "0.1.0";
        response.writeHead(isV1 ? 204 : 415).end();
      }, V2),
      answering(
        "2.0: 400 for one sample",
        status(
          400,
          { ...WRITTEN, "x-prometheus-remote-write-samples-written": "3" },
          "out of order",
        ),
        V2,
      ),
      answering("1.0: 415 always", status(415)),
    ],
  },
];
