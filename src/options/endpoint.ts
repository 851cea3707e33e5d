import * as v from "valibot";
import { basicAuthorization, HEADER_VALUE, type SecretFile } from "../credentials.ts";
import { formatDuration } from "../duration.ts";
import * as limits from "../limits.ts";
import type { ResolvedEndpoint } from "./resolved.ts";
import { shownUrl } from "../shown_url.ts";
import {
  type Check,
  check,
  choice,
  duration,
  flag,
  hidden,
  integer,
  shown,
  sizeOrZero,
  strict,
  type StrictOutput,
  text,
} from "./checks.ts";
import { externalLabels, headers, TOKEN } from "./headers.ts";

const NAME = new RegExp(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,${limits.ENDPOINT_NAME_LENGTH_MAX - 1}}$`);

/** What walq itself puts into the data path, beside the endpoints' directories; some file systems do not tell case apart. */
const OWN_NAME = /^walq\.(?:(?:lock|ballast)(?:\..*)?|.*\.(?:door|owner))$/i;

/** The name of an endpoint, which is that of its directory. */
export const NAME_CHECK: Check<string> = check(
  (input) =>
    isName(input)
      ? "another name: walq uses this one itself, in the data path"
      : `1 to ${limits.ENDPOINT_NAME_LENGTH_MAX} letters, digits, ".", "_", "-", ` +
        'the first a letter, a digit or "_"',
  (input) => isName(input) && !OWN_NAME.test(input) ? input : undefined,
);

function isName(input: unknown): input is string {
  return typeof input === "string" && NAME.test(input);
}

const URL_CHECK = check(expectedUrl, (input) => {
  const url = parseUrl(input);
  return url === undefined || whyNot(url) !== undefined ? undefined : url.href;
}, (input) => typeof input === "string" ? shown(shownUrl(input)) : shown(input));

const SECRET_CHECK = check(
  "printable ASCII that is not empty",
  (input) => typeof input === "string" && HEADER_VALUE.test(input) ? input : undefined,
  hidden,
);

/** Its name can be anything; what is in it is looked at where it is read. */
const FILE_CHECK = check(
  "the path of a file",
  (input) => typeof input === "string" && input !== "" && !input.includes("\0") ? input : undefined,
);

const BASIC_AUTH_ENTRIES = {
  username: check(
    'a text without ":" that is not empty',
    (input) =>
      typeof input === "string" && input !== "" && !input.includes(":") ? input : undefined,
    hidden,
  ),
  password: v.optional(text(hidden)),
  passwordFile: v.optional(FILE_CHECK),
};

const BASIC_AUTH_CHECK = v.pipe(
  strict(BASIC_AUTH_ENTRIES, hidden),
  v.rawCheck<StrictOutput<typeof BASIC_AUTH_ENTRIES>>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { password, passwordFile } = dataset.value;
    if ((password === undefined) !== (passwordFile === undefined)) return;
    const [key, message] = password === undefined
      ? ["password", "missing, expected it or passwordFile"]
      : ["passwordFile", "given together with password, expected one of them"];
    const input = { ...dataset.value };
    addIssue({ message, path: [{ type: "object", origin: "key", input, key, value: undefined }] });
  }),
);

const ENTRIES = {
  name: NAME_CHECK,
  url: URL_CHECK,
  basicAuth: v.optional(BASIC_AUTH_CHECK),
  bearerToken: v.optional(SECRET_CHECK),
  bearerTokenFile: v.optional(FILE_CHECK),
  authorizationType: v.optional(check(
    'a type such as "Bearer"',
    (input) => typeof input === "string" && TOKEN.test(input) ? input : undefined,
    hidden,
  )),
  headers: v.optional(headers(), {}),
  writeTimeout: v.optional(duration(limits.WRITE_TIMEOUT_MS), "30s"),
  retryBackoff: v.optional(duration(limits.RETRY_BACKOFF_MS), "1s"),
  retryBackoffMax: v.optional(duration(limits.RETRY_BACKOFF_MAX_MS), "30s"),
  maxRetryAttempts: v.optional(integer(limits.MAX_RETRY_ATTEMPTS), 0),
  onRefused: v.optional(choice(["hold", "drop"]), "hold"),
  splitOnBadRequest: v.optional(flag(), true),
  batchCount: v.optional(integer(limits.BATCH_COUNT), 1_000),
  flushInterval: v.optional(duration(limits.FLUSH_INTERVAL_MS), "1s"),
  parallelism: v.optional(integer(limits.PARALLELISM), 4),
  externalLabels: v.optional(externalLabels(), {}),
  protobufMessage: v.optional(
    choice(["prometheus.WriteRequest", "io.prometheus.write.v2.Request"]),
    "prometheus.WriteRequest",
  ),
  metadataCacheEnabled: v.optional(flag(), false),
  metadataCacheSize: v.optional(integer(limits.METADATA_CACHE_SIZE), 1_000),
  sendExemplars: v.optional(flag(), true),
  sendNativeHistograms: v.optional(flag(), true),
  sendMetadata: v.optional(flag(), true),
  maxDiskBytes: v.optional(sizeOrZero(limits.MAX_DISK_BYTES), 0),
  onFull: v.optional(choice(["drop_oldest", "reject"]), "drop_oldest"),
};

type CheckedEndpoint = StrictOutput<typeof ENTRIES>;

/** {@link EndpointOptions}, checked and resolved. */
export const ENDPOINT: Check<ResolvedEndpoint> = v.pipe(
  strict(ENTRIES),
  v.rawCheck<CheckedEndpoint>(({ dataset, addIssue }) => {
    // What is not typed has issues of its own already.
    if (!dataset.typed) return;
    for (const [key, message] of contradictions(dataset.value)) {
      const input = dataset.value;
      addIssue({
        message,
        path: [{ type: "object", origin: "key", input, key, value: undefined }],
      });
    }
  }),
  v.transform(resolveEndpoint),
);

/** What is wrong between options that are each fine. */
function* contradictions(endpoint: CheckedEndpoint): Generator<[string, string]> {
  const { basicAuth, authorizationType, retryBackoff, retryBackoffMax } = endpoint;
  const { bearerToken, bearerTokenFile } = endpoint;
  const hasToken = bearerToken !== undefined || bearerTokenFile !== undefined;
  const token = bearerToken === undefined ? "bearerTokenFile" : "bearerToken";
  if (basicAuth !== undefined && hasToken) {
    yield [token, "given together with basicAuth, expected at most one of them"];
  }
  if (bearerToken !== undefined && bearerTokenFile !== undefined) {
    yield ["bearerTokenFile", "given together with bearerToken, expected one of them"];
  }
  if (authorizationType !== undefined && !hasToken) {
    yield ["authorizationType", "given without bearerToken, which is what it would be the type of"];
  }
  if (basicAuth !== undefined || hasToken) {
    const own = Object.keys(endpoint.headers).find((name) =>
      name.toLowerCase() === "authorization"
    );
    if (own !== undefined) {
      yield ["headers", "have Authorization, which basicAuth or bearerToken already sets"];
    }
  }
  if (retryBackoff > retryBackoffMax) {
    const max = formatDuration(retryBackoffMax);
    yield [
      "retryBackoff",
      `got ${formatDuration(retryBackoff)}, expected at most retryBackoffMax (${max})`,
    ];
  }
}

function resolveEndpoint(endpoint: CheckedEndpoint): ResolvedEndpoint {
  return {
    name: endpoint.name,
    url: endpoint.url,
    authorization: authorizationOf(endpoint),
    secretFile: secretFileOf(endpoint),
    headers: endpoint.headers,
    writeTimeoutMs: endpoint.writeTimeout,
    retryBackoffMs: endpoint.retryBackoff,
    retryBackoffMaxMs: endpoint.retryBackoffMax,
    maxRetryAttempts: endpoint.maxRetryAttempts,
    onRefused: endpoint.onRefused,
    splitOnBadRequest: endpoint.splitOnBadRequest,
    batchCount: endpoint.batchCount,
    flushIntervalMs: endpoint.flushInterval,
    parallelism: endpoint.parallelism,
    externalLabels: endpoint.externalLabels,
    protobufMessage: endpoint.protobufMessage,
    metadataCacheSize: endpoint.metadataCacheEnabled ? endpoint.metadataCacheSize : 0,
    sends: {
      histograms: endpoint.sendNativeHistograms,
      exemplars: endpoint.sendExemplars,
      metadata: endpoint.sendMetadata,
    },
    maxDiskBytes: endpoint.maxDiskBytes,
    onFull: endpoint.onFull,
  };
}

function authorizationOf(endpoint: CheckedEndpoint): string | undefined {
  const { basicAuth, bearerToken, authorizationType = "Bearer" } = endpoint;
  if (bearerToken !== undefined) return `${authorizationType} ${bearerToken}`;
  if (basicAuth?.password === undefined) return undefined;
  return basicAuthorization(basicAuth.username, basicAuth.password);
}

function secretFileOf(endpoint: CheckedEndpoint): SecretFile | undefined {
  const { basicAuth, bearerTokenFile, authorizationType = "Bearer" } = endpoint;
  if (bearerTokenFile !== undefined) {
    return { path: bearerTokenFile, holds: "token", type: authorizationType };
  }
  if (basicAuth?.passwordFile === undefined) return undefined;
  return { path: basicAuth.passwordFile, holds: "password", username: basicAuth.username };
}

function parseUrl(input: unknown): URL | undefined {
  return typeof input === "string" && URL.canParse(input) ? new URL(input) : undefined;
}

function whyNot(url: URL): string | undefined {
  if (url.protocol !== "http:" && url.protocol !== "https:") return "an http or https URL";
  if (url.username !== "" || url.password !== "") {
    return "a URL without user name and password: give them as basicAuth, which is never logged";
  }
  return url.hash !== "" ? 'a URL without a fragment ("#...")' : undefined;
}

function expectedUrl(input: unknown): string {
  const url = parseUrl(input);
  return (url && whyNot(url)) ?? "an http or https URL";
}
