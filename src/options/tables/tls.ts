import type { TlsVersion } from "../../contracts.ts";
import { block, defaulted, optional } from "../block.ts";
import type { CheckedTlsOptions } from "../checked.ts";
import { type Broken, hidden, oneOf } from "../checks.ts";
import { choice, flag, path, secret, text } from "../kinds.ts";
import type { Block, Kind } from "../table.ts";
import type { TlsOptions } from "../types.ts";

const VERSION: Kind<TlsVersion, TlsVersion> = choice("TlsVersion", [
  "TLS10",
  "TLS11",
  "TLS12",
  "TLS13",
]);

/** What is in it is looked at where a connection is made by it. */
const PEM = text("a text in PEM", (input) => input.trim() === "" ? undefined : input, hidden);

/** A host as a certificate has it: a name or an address. */
const SERVER_NAME = text(
  'the name of a host such as "mimir.example"',
  (input) => /^[^\s/@\\]+$/.test(input) ? input : undefined,
);

/** TLS, as a client wants it. */
export const TLS: Block<TlsOptions, CheckedTlsOptions> = block(
  "TlsOptions",
  "TLS with what the runtime has not by itself: authorities, a certificate of the client's own.",
  {
    ca: optional(PEM, {
      doc: "Certificates in PEM of those who may have signed the endpoint's, in place of those " +
        "that the runtime trusts.",
      defaultDoc: "those that the runtime trusts",
    }),
    caFile: optional(path("file"), {
      doc: "A file that holds them. This file, `certFile` and `keyFile` are read again while " +
        "the queue works, at most once a second: new connections are made by what is in them.",
      insteadOf: "ca",
    }),
    cert: optional(PEM, {
      doc: "The client's own certificate in PEM, and behind it those between it and its " +
        "authority. Not without `key` or its file.",
    }),
    certFile: optional(path("file"), { doc: "A file that holds it.", insteadOf: "cert" }),
    key: optional(secret("a text in PEM", (input) => input.trim() !== ""), {
      doc: "The key of that certificate in PEM, without a passphrase; a secret, never logged.",
    }),
    keyFile: optional(path("file"), { doc: "A file that holds it.", insteadOf: "key" }),
    serverName: optional(SERVER_NAME, {
      doc: "Whom the endpoint's certificate has to be for, and whom the endpoint is asked for " +
        "(SNI).",
      defaultDoc: "the host of the URL",
    }),
    insecureSkipVerify: defaulted(flag(), false, {
      doc: "Do not verify the certificate: anybody on the way can read and change what is sent.",
    }),
    minVersion: optional(VERSION, {
      doc: "The oldest version of TLS that is spoken. `TLS10` and `TLS11` are refused on Deno, " +
        "which has not got them.",
      defaultDoc: '"TLS12"',
    }),
    maxVersion: optional(VERSION, {
      doc: "The newest one; as `minVersion`.",
      defaultDoc: '"TLS13"',
    }),
  },
  { rule: contradictions },
);

function* contradictions(tls: CheckedTlsOptions): Generator<Broken> {
  yield* oneOf(tls, "ca", "caFile");
  yield* oneOf(tls, "cert", "certFile");
  yield* oneOf(tls, "key", "keyFile");
  const { cert, certFile, key, keyFile } = tls;
  const hasCert = cert !== undefined || certFile !== undefined;
  const hasKey = key !== undefined || keyFile !== undefined;
  if (hasCert && !hasKey) yield ["key", "missing, expected it or keyFile with the certificate"];
  if (hasKey && !hasCert) yield ["cert", "missing, expected it or certFile with the key"];
  const { minVersion = "TLS12", maxVersion = "TLS13" } = tls;
  // The names are in the order of the versions.
  if (minVersion > maxVersion) {
    yield ["maxVersion", `got ${maxVersion}, expected minVersion (${minVersion}) or newer`];
  }
}
