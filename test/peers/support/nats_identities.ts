/** Who a client of NATS can be: nkeys, and JWTs of an operator, an account and a user, as nsc makes them. */
import { randomUUID } from "node:crypto";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";

/** An nkey of a user. */
export interface Nkey {
  /** What a server knows. */
  readonly publicKey: string;
  readonly seed: string;
}

export function makeNkey(): Nkey {
  const pair = createUser();
  return { publicKey: pair.getPublicKey(), seed: seedOf(pair) };
}

/** A server that knows accounts by their JWTs, and the files of credentials of users. */
export interface JwtWorld {
  /** Lines of a server's file. */
  readonly lines: readonly string[];
  /** Of a user of the account. */
  readonly credentials: string;
  /** Of one whose JWT has expired. */
  readonly expired: string;
  /** Of one of an account that the server does not know. */
  readonly foreign: string;
}

export function makeJwtWorld(): JwtWorld {
  const operator = createOperator();
  const [account, system, other] = [createAccount(), createAccount(), createAccount()];
  const operatorJwt = jwt(operator, operator, { type: "operator" });
  const accountJwt = jwt(operator, account, ACCOUNT);
  const systemJwt = jwt(operator, system, { ...ACCOUNT, limits: NO_JETSTREAM });
  return {
    lines: [
      `operator: ${operatorJwt}`,
      `system_account: ${system.getPublicKey()}`,
      "resolver: MEMORY",
      `resolver_preload: { ${account.getPublicKey()}: ${accountJwt}, ` +
      `${system.getPublicKey()}: ${systemJwt} }`,
    ],
    credentials: credentialsOf(account),
    expired: credentialsOf(account, Math.floor(Date.now() / 1000) - 60),
    foreign: credentialsOf(other),
  };
}

const NO_JETSTREAM = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};

const ACCOUNT = {
  type: "account",
  limits: { ...NO_JETSTREAM, mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 },
};

function credentialsOf(account: KeyPair, expiresAt?: number): string {
  const user = createUser();
  const claims = { type: "user", pub: {}, sub: {}, subs: -1, data: -1, payload: -1 };
  return [
    "-----BEGIN NATS USER JWT-----",
    jwt(account, user, claims, expiresAt),
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    seedOf(user),
    "------END USER NKEY SEED------",
    "",
  ].join("\n");
}

/** By https://docs.nats.io/running-a-nats-service/configuration/securing_nats/jwts */
function jwt(issuer: KeyPair, subject: KeyPair, nats: object, expiresAt?: number): string {
  const claims = {
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000) - 3600,
    iss: issuer.getPublicKey(),
    name: "walq",
    sub: subject.getPublicKey(),
    ...(expiresAt !== undefined && { exp: expiresAt }),
    nats: { ...nats, version: 2 },
  };
  const signed = [{ typ: "JWT", alg: "ed25519-nkey" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url")
  ).join(".");
  const signature = issuer.sign(new TextEncoder().encode(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

function seedOf(pair: KeyPair): string {
  return new TextDecoder().decode(pair.getSeed());
}
