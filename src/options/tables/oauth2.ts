import { isPrivateKey } from "../../credentials.ts";
import { block, defaulted, optional, required } from "../block.ts";
import type { CheckedOAuth2 } from "../checked.ts";
import { type Broken, oneOf } from "../checks.ts";
import { choice, filled, json, list, path, secret } from "../kinds.ts";
import { CONNECTION, proxyContradictions } from "./connection.ts";
import { secretTexts } from "./headers.ts";
import type { Block } from "../table.ts";
import type { OAuth2 } from "../types.ts";
import { httpUrl } from "./url.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer" as const;

/** Who walq is, by a token that is got for a secret. */
export const OAUTH2: Block<OAuth2, CheckedOAuth2> = block(
  "OAuth2",
  "A token by OAuth 2.0, which is got before it is needed and again before it ends.",
  {
    clientId: required(filled(), { doc: "What the server knows the client by." }),
    clientSecret: optional(
      secret("a text that is not empty", (text) => text !== ""),
      { doc: "For `client_credentials`; a secret. Either this or `clientSecretFile`." },
    ),
    clientSecretFile: optional(path("file"), {
      doc: "A file that holds it: as `passwordFile` of `basicAuth`. A new one gets a new token.",
      insteadOf: "clientSecret",
    }),
    grantType: defaulted(
      choice("OAuth2GrantType", ["client_credentials", JWT_BEARER]),
      "client_credentials",
      {
        doc: "By the client's secret, or by an assertion that its key signs (RFC 7523).",
        emptyIsDefault: true,
      },
    ),
    clientCertificateKey: optional(
      secret("a private key in PEM without a passphrase", isPrivateKey),
      { doc: "An RSA key in PEM that signs the assertion; a secret. Either this or its file." },
    ),
    clientCertificateKeyFile: optional(path("file"), {
      doc: "A file that holds it: as `passwordFile` of `basicAuth`. A new one gets a new token.",
      insteadOf: "clientCertificateKey",
    }),
    clientCertificateKeyId: optional(filled(), { doc: "The `kid` in the assertion's head." }),
    signatureAlgorithm: defaulted(
      choice("OAuth2SignatureAlgorithm", ["RS256", "RS384", "RS512"]),
      "RS256",
      { doc: "How the assertion is signed.", emptyIsDefault: true },
    ),
    iss: optional(filled(), { doc: "Who signs the assertion.", defaultDoc: "`clientId`" }),
    audience: optional(filled(), {
      doc: "Whom the assertion is for.",
      defaultDoc: "`tokenUrl`",
    }),
    claims: defaulted(json(), {}, {
      doc: "What else the assertion says, or says instead: any JSON.",
    }),
    scopes: defaulted(list(filled(), "scope", { min: 0, max: 100 }), [], {
      doc: "What the token is to be for.",
    }),
    tokenUrl: required(httpUrl("clientId and clientSecret"), {
      doc: "Where it is got: http or https.",
    }),
    endpointParams: defaulted(secretTexts(), {}, {
      doc: "Sent with each request for a token, such as `resource`; the values are secrets.",
    }),
    ...CONNECTION,
  },
  { rule: contradictions, hides: true },
);

function* contradictions(given: CheckedOAuth2): Generator<Broken> {
  yield* proxyContradictions(given);
  yield* oneOf(given, "clientSecret", "clientSecretFile");
  yield* oneOf(given, "clientCertificateKey", "clientCertificateKeyFile");
  const hasKey = given.clientCertificateKey !== undefined ||
    given.clientCertificateKeyFile !== undefined;
  if (given.grantType === JWT_BEARER && !hasKey) {
    yield ["clientCertificateKey", "missing, expected it or clientCertificateKeyFile"];
  }
}
