/** The options of Prometheus's web configuration file (exporter-toolkit, docs/web-configuration.md). */
import { block, defaulted, optional } from "../../options/block.ts";
import { type Broken, type Check, hidden, textMap } from "../../options/checks.ts";
import {
  choice,
  duration,
  flag,
  integer,
  list,
  nested,
  path,
  secret,
  text,
  texts,
} from "../../options/kinds.ts";
import type { AnyBlock, Kind } from "../../options/table.ts";
import { costOf, isBcryptHash } from "./bcrypt_hash.ts";
import { CIPHER_SUITES, CURVES, TLS13_SUITES } from "./cipher_suites.ts";
import { CLIENT_AUTH_TYPES, type ClientAuthType } from "./server_tls.ts";

/** `tls_server_config`, checked. */
export interface CheckedTlsServer {
  readonly cert: string | undefined;
  readonly certFile: string | undefined;
  readonly key: string | undefined;
  readonly keyFile: string | undefined;
  readonly clientCa: string | undefined;
  readonly clientCaFile: string | undefined;
  readonly clientAuthType: ClientAuthType;
  readonly clientAllowedSans: readonly string[] | undefined;
  readonly minVersion: string;
  readonly maxVersion: string;
  readonly cipherSuites: readonly string[] | undefined;
  readonly preferServerCipherSuites: boolean;
  readonly curvePreferences: readonly string[] | undefined;
}

/** `http_server_config`, checked. */
interface CheckedHttpServer {
  readonly http2: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** `rate_limit`, checked. */
export interface CheckedRateLimit {
  readonly intervalMs: number;
  readonly burst: number;
}

/** The file, checked. */
export interface CheckedWeb {
  readonly tlsServerConfig: CheckedTlsServer | undefined;
  readonly httpServerConfig: CheckedHttpServer | undefined;
  readonly basicAuthUsers: Readonly<Record<string, string>>;
  readonly rateLimit: CheckedRateLimit | undefined;
}

/** Go's names, in the order of the versions. */
const VERSIONS = ["TLS10", "TLS11", "TLS12", "TLS13"] as const;
const VERSION_MAX = ["TLS12", "TLS13"] as const;

const PEM_KEY = secret("PEM", (input) => input.includes("-----BEGIN "));
const PEM = text("PEM", (input) => input.includes("-----BEGIN ") ? input : undefined, hidden);
const SAN = text("a name", (input) => input === "" ? undefined : input);

const TLS_SERVER: AnyBlock & { readonly check: Check<CheckedTlsServer> } = block(
  "TlsServer",
  "TLS, and who may come in.",
  {
    cert: optional(PEM, {
      doc: "The server's certificate, and those between it and its authority.",
    }),
    certFile: optional(path("file"), { doc: "A file that holds it." }),
    key: optional(PEM_KEY, { doc: "Its key." }),
    keyFile: optional(path("file"), { doc: "A file that holds it." }),
    clientCa: optional(PEM, { doc: "The authorities of clients." }),
    clientCaFile: optional(path("file"), { doc: "A file that holds them." }),
    clientAuthType: defaulted(choice("string", CLIENT_AUTH_TYPES), "NoClientCert", {
      doc: "What certificate a client needs.",
    }),
    clientAllowedSans: optional(list(SAN, "name", { min: 0, max: 1_000 }), {
      doc: "A client's certificate has to have one of these alternative names.",
    }),
    minVersion: defaulted(choice("string", VERSIONS), "TLS12", { doc: "The oldest version." }),
    maxVersion: defaulted(choice("string", VERSION_MAX), "TLS13", { doc: "The newest version." }),
    cipherSuites: optional(
      list(
        choice("string", [...CIPHER_SUITES.keys(), ...TLS13_SUITES]),
        "suite",
        { min: 0, max: 100 },
      ),
      { doc: "For TLS 1.2, in order." },
    ),
    preferServerCipherSuites: defaulted(flag(), true, { doc: "Whose order counts." }),
    curvePreferences: optional(
      list(choice("string", [...CURVES.keys()]), "curve", { min: 0, max: 100 }),
      { doc: "In order." },
    ),
  },
  { rule: tlsContradictions, hides: true },
);

function* tlsContradictions(tls: CheckedTlsServer): Generator<Broken> {
  for (const [one, file] of [["cert", "certFile"], ["key", "keyFile"]] as const) {
    if (tls[one] !== undefined && tls[file] !== undefined) {
      yield [file, `given together with ${one}, expected one of them`];
    }
    if (tls[one] === undefined && tls[file] === undefined) {
      yield [file, `missing, expected ${one} or ${file}`];
    }
  }
  const { clientAuthType: type } = tls;
  if (tls.clientCa !== undefined && tls.clientCaFile !== undefined) {
    yield ["clientCaFile", "given together with clientCa, expected one of them"];
  }
  if (type === "NoClientCert" && (tls.clientCa ?? tls.clientCaFile) !== undefined) {
    const which = tls.clientCa === undefined ? "clientCaFile" : "clientCa";
    yield [which, "given without a clientAuthType, which says that clients are asked"];
  }
  const isNeeded = /^Require/.test(type);
  if (tls.clientAllowedSans !== undefined && !isNeeded) {
    yield [
      "clientAllowedSans",
      `given with the clientAuthType "${type}", which lets clients in without a certificate: ` +
      "expected RequireAnyClientCert or RequireAndVerifyClientCert",
    ];
  }
  if (tls.minVersion > tls.maxVersion) {
    yield ["minVersion", `got ${tls.minVersion}, newer than maxVersion (${tls.maxVersion})`];
  }
}

/** The headers that the file may set, and the values of those that have few. */
const HEADERS: ReadonlyMap<string, readonly string[] | undefined> = new Map([
  ["Strict-Transport-Security", undefined],
  ["X-Content-Type-Options", ["nosniff"]],
  ["X-Frame-Options", ["deny", "sameorigin"]],
  ["X-XSS-Protection", undefined],
  ["Content-Security-Policy", undefined],
]);

const HEADER_MAP: Kind<Readonly<Record<string, string>>, Readonly<Record<string, string>>> = texts(
  textMap(
    (name, value) =>
      typeof value === "string" && isHeader(name, value)
        ? undefined
        : `got ${hidden(value)}, expected one of ${[...HEADERS.keys()].join(", ")}; ` +
          "X-Content-Type-Options is nosniff, X-Frame-Options deny or sameorigin",
    isPlainName,
  ),
);

function isHeader(name: string, value: string): boolean {
  const values = HEADERS.get(name);
  if (!HEADERS.has(name) || !/^[\x20-\x7e]*$/.test(value)) return false;
  return values === undefined || values.includes(value);
}

const HTTP_SERVER: AnyBlock & { readonly check: Check<CheckedHttpServer> } = block(
  "HttpServer",
  "What answers have.",
  {
    http2: optional(flag(), { doc: "walq speaks HTTP/1.1." }),
    headers: defaulted(HEADER_MAP, {}, { doc: "Headers of every answer." }),
  },
);

/** As `htpasswd` has it: a login takes most of a minute then, and with 31, which bcrypt allows, a week. */
const COST_MAX = 17;

const USERS: Kind<Readonly<Record<string, string>>, Readonly<Record<string, string>>> = {
  ...texts(
    textMap((_, hash) => {
      const wrong = whyNoHash(hash);
      return wrong === undefined ? undefined : `got ${hidden(hash)}, expected ${wrong}`;
    }, isPlainName),
  ),
  secret: true,
};

function whyNoHash(hash: unknown): string | undefined {
  if (typeof hash !== "string" || !isBcryptHash(hash)) {
    return 'a password as bcrypt has it: "$2y$10$...", 60 characters';
  }
  if (costOf(hash) <= COST_MAX) return undefined;
  return `a password whose cost, the number behind "$2y$", is at most ${COST_MAX}: ` +
    "each step doubles how long a login takes";
}

/** The name of an entry, and no password that somebody has put in the place of one. */
function isPlainName(name: string, value: unknown): boolean {
  return /^[A-Za-z0-9_.@-]{1,64}$/.test(name) && value !== null && value !== "";
}

const RATE_LIMIT: AnyBlock & { readonly check: Check<CheckedRateLimit> } = block(
  "RateLimit",
  "How many requests are answered.",
  {
    interval: defaulted(duration("0s", "1h"), "0s", { doc: "From one to the next." }),
    burst: defaulted(integer(0, 1_000_000), 0, { doc: "So many at once." }),
  },
  {
    rule: function* ({ intervalMs, burst }: CheckedRateLimit): Generator<Broken> {
      if (intervalMs > 0 && burst === 0) {
        yield ["burst", "got none, expected at least 1: nothing would be answered"];
      }
    },
  },
);

/** The whole file. */
export const WEB: AnyBlock & { readonly check: Check<CheckedWeb> } = block(
  "Web",
  "Prometheus's web configuration file.",
  {
    tlsServerConfig: optional(nested(TLS_SERVER), { doc: "TLS." }),
    httpServerConfig: optional(nested(HTTP_SERVER), { doc: "HTTP." }),
    basicAuthUsers: defaulted(USERS, {}, { doc: "Who may ask." }),
    rateLimit: optional(nested(RATE_LIMIT), { doc: "How often." }),
  },
);
