/**
 * How to ask an HTTP server: who walq is, and by which way. These rows are the same for
 * all that walq asks, as those of Prometheus's HTTP clients are.
 */
import { HEADER_VALUE, HEADER_VALUE_WANTED } from "../../credentials.ts";
import { defaulted, optional } from "../block.ts";
import type {
  CheckedBasicAuth,
  CheckedEndpointOptions,
  CheckedHttpHeader,
  CheckedOAuth2,
} from "../checked.ts";
import { type Broken, hidden, oneOf, shown } from "../checks.ts";
import { flag, named, nested, path, secretText, text } from "../kinds.ts";
import type { ConnectionOptions, CredentialOptions } from "../resolved.ts";
import type { Kind, Option } from "../table.ts";
import type { BasicAuth, HttpHeader, OAuth2 } from "../types.ts";
import { BASIC_AUTH } from "./basic_auth.ts";
import { CONNECTION, type ConnectionRows, proxyContradictions } from "./connection.ts";
import { TOKEN, whyNoHeader } from "./headers.ts";
import { HTTP_HEADER } from "./http_header.ts";
import { OAUTH2 } from "./oauth2.ts";

const AUTHORIZATION_TYPE = text(
  (input) =>
    isBasic(input) ? 'another type: with "Basic" goes basicAuth' : 'a type such as "Bearer"',
  (input) => TOKEN.test(input) && !isBasic(input) ? input : undefined,
  hidden,
);

function isBasic(input: unknown): boolean {
  return typeof input === "string" && input.toLowerCase() === "basic";
}

type Optional<Given, Checked> = Option<Kind<Given, Checked>, "optional">;

/** The compiler wants to be told what a table may spread. */
export type HttpClientRows = ConnectionRows & {
  readonly basicAuth: Optional<BasicAuth, CheckedBasicAuth>;
  readonly bearerToken: Optional<string, string>;
  readonly bearerTokenFile: Optional<string, string>;
  readonly authorizationType: Optional<string, string>;
  readonly oauth2: Optional<OAuth2, CheckedOAuth2>;
  readonly httpHeaders: Optional<
    Readonly<Record<string, HttpHeader>>,
    Readonly<Record<string, CheckedHttpHeader>>
  >;
  readonly followRedirects: Option<Kind<boolean, boolean>, "defaulted">;
};

/** Who walq is, and how it connects. */
export const HTTP_CLIENT: HttpClientRows = {
  basicAuth: optional(nested(BASIC_AUTH), {
    doc: "Sent as the Authorization header.",
  }),
  bearerToken: optional(
    // Blanks at the end of a header are not sent, and senders leave them away.
    secretText(HEADER_VALUE_WANTED, tokenOf),
    {
      doc: "Sent as the Authorization header, after its type; a secret, never logged. " +
        "An empty one sends the type alone, as `authorization: {}` does.",
      file: ["bearer_token", "authorization.credentials"],
    },
  ),
  bearerTokenFile: optional(path("file"), {
    doc: "A file that holds that token in place of `bearerToken`: as `passwordFile` of " +
      "`basicAuth`.",
    file: ["bearer_token_file", "authorization.credentials_file"],
    insteadOf: "bearerToken",
  }),
  authorizationType: optional(AUTHORIZATION_TYPE, {
    doc: "The type of that header; only with `bearerToken` or its file.",
    file: "authorization.type",
    defaultDoc: '"Bearer"',
  }),
  oauth2: optional(nested(OAUTH2), {
    doc: "A token of OAuth 2.0 in the Authorization header.",
  }),
  httpHeaders: optional(named(HTTP_HEADER, whyNoSecretHeader), {
    doc: "Headers to add to every request, by their names, with values that can be in files.",
  }),
  ...CONNECTION,
  followRedirects: defaulted(flag(), true, {
    doc: "Follow a redirect with 307 or 308 that leads to the same scheme, host and port. All " +
      "other redirects are no answer: the request is sent again to where it was.",
  }),
};

function tokenOf(input: string): string | undefined {
  const token = input.replace(/[\t ]+$/, "");
  return token === "" || HEADER_VALUE.test(token) ? token : undefined;
}

function whyNoSecretHeader(name: string, all: Record<string, unknown>): string | undefined {
  if (name.toLowerCase() !== "authorization") return whyNoHeader(name, all);
  return "reserved: give the credentials as such, not as a header";
}

/** Ways to say who walq is, of which one may be used, and what messages call them. */
const WAYS = ["basicAuth", "bearerToken", "bearerTokenFile", "oauth2", "sigv4", "azuread"] as const;

type OwnOptions = Exclude<CredentialOptions | ConnectionOptions, EndpointAlone>;
/** What endpoints have beside these rows. */
type EndpointAlone = "sigv4" | "azuread" | "roundRobinDns";

/** What has these options. */
export type CheckedClient =
  & Pick<CheckedEndpointOptions, OwnOptions | "followRedirects">
  & Partial<Pick<CheckedEndpointOptions, Exclude<EndpointAlone, "roundRobinDns"> | "headers">>;

/** What is wrong between these options, and with `headers`. */
export function* clientContradictions(client: CheckedClient): Generator<Broken> {
  yield* proxyContradictions(client);
  yield* oneOf(client, "bearerToken", "bearerTokenFile");
  const [first, second] = WAYS.filter((way) => client[way] !== undefined);
  const isOneToken = first === "bearerToken" && second === "bearerTokenFile";
  if (first !== undefined && second !== undefined && !isOneToken) {
    yield [second, `given together with ${first}, expected at most one of them`];
  }
  const hasToken = client.bearerToken !== undefined || client.bearerTokenFile !== undefined;
  if (client.authorizationType !== undefined && !hasToken) {
    yield ["authorizationType", "given without bearerToken, which is what it would be the type of"];
  }
  const own = Object.keys(client.headers ?? {});
  if (first !== undefined && own.some((name) => name.toLowerCase() === "authorization")) {
    yield ["headers", `have Authorization, which ${first} already sets`];
  }
  for (const name of Object.keys(client.httpHeaders ?? {})) {
    const twin = own.find((other) => other.toLowerCase() === name.toLowerCase());
    if (twin !== undefined) {
      yield [["httpHeaders", name], `the same header as ${shown(twin)} in headers`];
    }
  }
}
