/** TLS by settings, against real servers: who is trusted, who walq is, and what is said of a failure. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import process from "node:process";
import type { TlsOptions } from "node:tls";
import { describe, it } from "node:test";
import type { HttpAnswer, TlsSettings } from "../../src/contracts.ts";
import { ConnectionSettingsError } from "../../src/errors.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { EndpointServer } from "../contract/endpoint_server.ts";
import { httpClientContract } from "../contract/http_client.contract.ts";

const platform = await defaultPlatform();
const IS_DENO = platform.name === "deno";

/** test/fixtures/tls/make.sh says how they were made. */
function file(name: string): string {
  return readFileSync(`test/fixtures/tls/${name}.pem`, "utf8");
}

const KEY = file("key");
const CA = { ca: file("ca") };
const CLIENT = { cert: file("client"), key: file("client_key") };

const BOTH = `of a client\n${CLIENT.cert}\n${CLIENT.key}`;
const KEY_FIRST = CLIENT.key + CLIENT.cert;

/** One request by these settings. */
async function exchange(url: string, tls: Partial<TlsSettings>): Promise<HttpAnswer> {
  const settings = {
    tls: { insecureSkipVerify: false, ...tls },
    proxy: undefined,
    roundRobinDns: false,
  };
  const client = platform.openHttp(settings);
  try {
    const request = { url, method: "POST" as const, headers: {}, answerBytesMax: 1024 };
    return await client.exchange(request, new AbortController().signal);
  } finally {
    await client.close();
  }
}

/** A server, and what must come of a request. */
interface Case {
  readonly server: TlsOptions;
  readonly tls: Partial<TlsSettings>;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** Why it fails; undefined is for a request that arrives. */
  readonly why?: string | RegExp;
}

const WANTS_CLIENT = {
  cert: file("valid"),
  requestCert: true,
  rejectUnauthorized: true,
  ca: file("client_ca"),
};
const UNKNOWN = "TLS: the certificate is signed by an unknown authority";
const NO_VERSION = "TLS: the two sides have no version of TLS in common";
const UNVERIFIED = IS_DENO
  ? "TLS: the certificate has expired, or is signed by an unknown authority: Deno does not say which"
  : undefined;

const CASES: Readonly<Record<string, Case>> = {
  "the authority is known": { server: { cert: file("valid") }, tls: CA },
  "the authority is known, and the server is called by its name": {
    server: { cert: file("valid") },
    tls: CA,
    host: "localhost",
  },
  "the authority is one of several": {
    server: { cert: file("valid") },
    tls: { ca: `# two of them\n${file("client_ca")}\n${file("ca")}` },
  },
  "no authority is given": {
    server: { cert: file("valid") },
    tls: CLIENT,
    why: UNVERIFIED ?? UNKNOWN,
  },
  "another authority is given": {
    server: { cert: file("valid") },
    tls: { ca: file("client_ca") },
    why: UNVERIFIED ?? UNKNOWN,
  },
  "a certificate by nobody": { server: { cert: file("self_signed") }, tls: CA, why: UNKNOWN },
  "a certificate by nobody, which is trusted": {
    server: { cert: file("self_signed") },
    tls: { ca: file("self_signed") },
  },
  "an expired certificate": {
    server: { cert: file("expired") },
    tls: CA,
    why: UNVERIFIED ?? "TLS: the certificate has expired",
  },
  "a certificate for another name": {
    server: { cert: file("wrong_host") },
    tls: CA,
    host: "localhost",
    why: "TLS: the certificate is not valid for localhost",
  },
  "a certificate for another address": {
    server: { cert: file("wrong_host") },
    tls: CA,
    why: "TLS: the certificate is not valid for 127.0.0.1",
  },
  "a certificate for another name, which is wanted": {
    server: { cert: file("wrong_host") },
    tls: { ...CA, serverName: "other.invalid" },
  },
  "a certificate for this name, and another is wanted": {
    server: { cert: file("valid") },
    tls: { ...CA, serverName: "other.invalid" },
    why: "TLS: the certificate is not valid for other.invalid",
  },
  "a certificate for an address, which is wanted": {
    server: { cert: file("valid") },
    tls: { ...CA, serverName: "127.0.0.1" },
    host: "localhost",
  },
  "an expired certificate, and nobody looks": {
    server: { cert: file("expired") },
    tls: { insecureSkipVerify: true },
  },
  "a certificate by nobody for another name, and nobody looks": {
    server: { cert: file("wrong_host") },
    tls: { insecureSkipVerify: true },
    host: "localhost",
  },
  "a client certificate is wanted, and there": { server: WANTS_CLIENT, tls: { ...CA, ...CLIENT } },
  "a client certificate is wanted, and there in one file with its key": {
    server: WANTS_CLIENT,
    tls: { ...CA, cert: BOTH, key: BOTH },
  },
  "the key comes first": { server: WANTS_CLIENT, tls: { ...CA, cert: KEY_FIRST, key: KEY_FIRST } },
  "one of the authorities cannot be read": {
    server: { cert: file("valid") },
    tls: { ca: file("client_ca").replace(/MII\w/, "AAAA") + file("ca") },
  },
  "a client certificate is wanted, and there, with TLS 1.2": {
    server: { ...WANTS_CLIENT, maxVersion: "TLSv1.2" },
    tls: { ...CA, ...CLIENT },
  },
  "a client certificate is wanted, and not there": {
    server: WANTS_CLIENT,
    tls: CA,
    why: "TLS: the other side wants a client certificate",
  },
  "a client certificate is wanted, and not there, with TLS 1.2": {
    server: { ...WANTS_CLIENT, maxVersion: "TLSv1.2" },
    tls: CA,
    why: /^TLS: the other side (wants|refuses the handshake: it may want) a client certificate$/,
  },
  "TLS 1.2 at most": { server: { cert: file("valid") }, tls: { ...CA, maxVersion: "TLS12" } },
  "TLS 1.3 at least": { server: { cert: file("valid") }, tls: { ...CA, minVersion: "TLS13" } },
  "TLS 1.2 at most, and the server has 1.3 alone": {
    server: { cert: file("valid"), minVersion: "TLSv1.3" },
    tls: { ...CA, maxVersion: "TLS12" },
    why: NO_VERSION,
  },
  "TLS 1.3 at least, and the server has 1.2 alone": {
    server: { cert: file("valid"), maxVersion: "TLSv1.2" },
    tls: { ...CA, minVersion: "TLS13" },
    why: NO_VERSION,
  },
};

describe("TLS by settings", () => {
  for (const [name, { server: options, tls, host = "127.0.0.1", why }] of Object.entries(CASES)) {
    it(name, async () => {
      const server = new EndpointServer({ key: KEY, ...options });
      await server.open();
      let isAsked = false;
      try {
        const url = server.at("/", (response) => {
          isAsked = true;
          response.writeHead(204).end();
        });
        const exchanging = exchange(url.replace("127.0.0.1", host), tls);
        if (why === undefined) assert.equal((await exchanging).status, 204);
        else {
          await assert.rejects(exchanging, (error: Error) => {
            if (typeof why === "string") assert.equal(error.message, why);
            else assert.match(error.message, why);
            return true;
          });
          assert.equal(isAsked, false);
        }
      } finally {
        await server.close();
      }
    });
  }

  for (const [version, protocol] of [["TLS10", "TLSv1"], ["TLS11", "TLSv1.1"]] as const) {
    it(`${protocol}, when it is asked for`, {
      skip: IS_DENO ? "Deno has no such version" : false,
    }, async () => {
      // Node has to be told so on this side, too.
      const ciphers = platform.name === "node" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {};
      const tls = { cert: file("valid"), key: KEY, minVersion: protocol, maxVersion: protocol };
      const server = new EndpointServer({ ...tls, ...ciphers });
      await server.open();
      try {
        const url = server.at("/", (response) => response.writeHead(204).end());
        assert.equal((await exchange(url, { ...CA, minVersion: version })).status, 204);
        await assert.rejects(exchange(url, CA), { message: NO_VERSION });
      } finally {
        await server.close();
      }
    });
  }

  it("a server that does not speak it", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 400 Bad\r\n\r\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as { port: number };
      await assert.rejects(exchange(`https://127.0.0.1:${port}/`, CA), {
        message: "TLS: the other side does not speak TLS",
      });
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("verifies though the environment says that nothing need be", async () => {
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const server = new EndpointServer({ key: KEY, cert: file("self_signed") });
    await server.open();
    try {
      await assert.rejects(exchange(server.at("/", (response) => response.end()), CA), {
        message: UNKNOWN,
      });
    } finally {
      await server.close();
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });
});

describe("TLS settings that no connection can be made by", () => {
  const whole = file("client");
  const wrong: readonly (readonly [string, Partial<TlsSettings>, RegExp])[] = [
    ["ca", { ca: "hush" }, /^holds no certificate, expected PEM$/],
    ["ca", { ca: file("ca").slice(0, -40) }, /^holds no certificate, expected PEM$/],
    ["ca", { ca: whole + file("ca").slice(0, -40) }, /^ends in a certificate$/],
    ["ca", { ca: file("ca").replace(/MII\w/, "AAAA") }, /no certificate in it is sound$/],
    ["cert", { ...CLIENT, cert: whole.replace(/MII\w/, "AAAA") }, /certificate 1 of 1 is broken$/],
    ["key", { ...CLIENT, key: "hush" }, /^holds no private key that can be read, expected PEM$/],
    ["key", { ...CLIENT, key: file("client_key").slice(0, 80) }, /^holds no private key/],
    ["key", { ...CLIENT, key: KEY }, /^is not the key of the certificate$/],
    [
      "key",
      { ...CLIENT, key: "-----BEGIN ENCRYPTED PRIVATE KEY-----" },
      /^is encrypted, expected one without a passphrase$/,
    ],
  ];
  for (const [option, tls, message] of wrong) {
    it(`${option}: ${message.source}`, () => {
      const settings = { insecureSkipVerify: false, ...tls };
      const open = () =>
        platform.openHttp({ tls: settings, proxy: undefined, roundRobinDns: false });
      assert.throws(open, (error) => {
        assert.ok(error instanceof ConnectionSettingsError);
        assert.deepEqual(error.path, ["tlsConfig", option]);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hush/);
        return true;
      });
    });
  }

  for (const option of ["minVersion", "maxVersion"] as const) {
    it(`${option} that the runtime does not have`, {
      skip: IS_DENO ? false : "the others have all versions",
    }, () => {
      const tls = { insecureSkipVerify: false, [option]: "TLS11" as const };
      assert.throws(() => platform.openHttp({ tls, proxy: undefined, roundRobinDns: false }), {
        path: ["tlsConfig", option],
        message: "got TLS11, expected TLS12 or newer: Deno has no older TLS",
      });
    });
  }
});

// The client of an endpoint with settings is another one on Deno, and must do the same.
httpClientContract(
  `${platform.name}, by settings`,
  () =>
    Promise.resolve(platform.openHttp({ tls: undefined, proxy: undefined, roundRobinDns: true })),
);
