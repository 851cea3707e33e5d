/** Requests by each kind of proxy, with a login, to endpoints over HTTP and over TLS. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type {
  ConnectionSettings,
  HttpAnswer,
  HttpRequest,
  ProxySettings,
} from "../../src/contracts.ts";
import { messageOf } from "../../src/errors.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { EndpointServer } from "../contract/endpoint_server.ts";
import { RawServer } from "../contract/raw_server.ts";
import {
  openHttpProxy,
  openSocksProxy,
  type ProxyOptions,
  type TestProxy,
} from "../support/proxies.ts";

const platform = await defaultPlatform();
/** More than one packet. */
const BODY_BYTES = 300_000;
const USER = { username: "us er", password: "p:ss/w@rd%" };
/** The same in a URL. */
const LOGIN = "us%20er:p%3Ass%2Fw%40rd%25@";
/** As it is in {@link LOGIN}. */
const PASSWORD = "p:ss/w@rd%";

function file(name: string): string {
  return readFileSync(`test/fixtures/tls/${name}.pem`, "utf8");
}

const TLS = { cert: file("valid"), key: file("key") };
/** Where the names of the tests are; to walq nobody tells it. */
const resolve = (): string => "127.0.0.1";

function settingsOf(
  url: string | undefined,
  more: Partial<ProxySettings> = {},
): ConnectionSettings {
  const proxy = { url, noProxy: undefined, fromEnvironment: false, connectHeaders: {}, ...more };
  return { tls: { ca: file("ca"), insecureSkipVerify: false }, proxy, roundRobinDns: false };
}

/** One request by these settings. */
async function exchange(
  url: string,
  settings: ConnectionSettings,
  times = 1,
): Promise<HttpAnswer> {
  const client = platform.openHttp(settings);
  try {
    const body = new Uint8Array(BODY_BYTES);
    const request = { url, method: "POST" as const, headers: {}, body, answerBytesMax: 1024 };
    let answer: HttpAnswer | undefined;
    for (let time = 0; time < times; time++) {
      answer = await client.exchange(request, new AbortController().signal);
    }
    return answer!;
  } finally {
    await client.close();
  }
}

interface Kind {
  readonly open: (options: ProxyOptions) => Promise<TestProxy>;
  readonly scheme: string;
  readonly host: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "http": { open: openHttpProxy, scheme: "http", host: "127.0.0.1" },
  "https": {
    open: (options) => openHttpProxy({ ...options, tls: TLS }),
    scheme: "https",
    host: "localhost",
  },
  "https, by an address": {
    open: (options) => openHttpProxy({ ...options, tls: TLS }),
    scheme: "https",
    host: "127.0.0.1",
  },
  "socks5": { open: openSocksProxy, scheme: "socks5", host: "127.0.0.1" },
  "socks5h": { open: openSocksProxy, scheme: "socks5h", host: "127.0.0.1" },
};

describe("a proxy", () => {
  const plain = new EndpointServer();
  const secure = new EndpointServer(TLS);
  const ports = { plain: 0, secure: 0 };

  before(async () => {
    for (const server of [plain, secure]) {
      await server.open();
      for (const path of ["/push", "/push?a=b"]) {
        server.at(path, (response, { body }) => {
          response.writeHead(body.length === BODY_BYTES ? 204 : 400).end();
        });
      }
    }
    Object.assign(ports, { plain: plain.port, secure: secure.port });
  });
  after(async () => {
    await plain.close();
    await secure.close();
  });

  for (const [name, { open, scheme, host }] of Object.entries(KINDS)) {
    describe(name, () => {
      it("is used, with a login, for an endpoint over HTTP and for one over TLS", async () => {
        const proxy = await open({ user: USER, resolve });
        try {
          const settings = settingsOf(`${scheme}://${LOGIN}${host}:${proxy.port}`);
          // The proxy looks the name up: walq could not.
          const http = await exchange(`http://endpoint.invalid:${ports.plain}/push?a=b`, settings);
          assert.equal(http.status, 204);
          const https = await exchange(`https://localhost:${ports.secure}/push`, settings, 3);
          assert.equal(https.status, 204);
          const isSocks = scheme.startsWith("socks");
          assert.deepEqual(proxy.asked, [
            isSocks
              ? `endpoint.invalid:${ports.plain}`
              : `http://endpoint.invalid:${ports.plain}/push?a=b`,
            `localhost:${ports.secure}`,
          ]);
        } finally {
          await proxy.close();
        }
      });

      it("that wants another login is named, and no secret with it", async () => {
        const proxy = await open({ user: { ...USER, password: "other" }, resolve });
        const seen = [plain.connections, secure.connections];
        try {
          const settings = settingsOf(`${scheme}://${LOGIN}${host}:${proxy.port}`);
          for (const url of [`http://127.0.0.1:${ports.plain}`, `https://a:${ports.secure}`]) {
            await assert.rejects(exchange(`${url}/push`, settings), (error) => {
              const message = messageOf(error);
              const named = `the proxy ${scheme}://${host}:${proxy.port} `;
              assert.ok(message.startsWith(named), message);
              assert.match(message, /user name/);
              assert.doesNotMatch(message, /w@rd|w%40rd|us er/);
              return true;
            });
          }
          assert.deepEqual([plain.connections, secure.connections], seen);
        } finally {
          await proxy.close();
        }
      });

      it("verifies the endpoint's certificate by the endpoint's name", async () => {
        const proxy = await open({ resolve });
        try {
          const settings = settingsOf(`${scheme}://${host}:${proxy.port}`);
          await assert.rejects(
            exchange(`https://other.invalid:${ports.secure}/push`, settings),
            /^Error: TLS: the certificate is not valid for other\.invalid$/,
          );
        } finally {
          await proxy.close();
        }
      });

      it("that cannot connect is named", async () => {
        const proxy = await open({ resolve });
        const closed = new RawServer(() => {});
        const port = await closed.open();
        await closed.close();
        try {
          const settings = settingsOf(`${scheme}://${host}:${proxy.port}`);
          await assert.rejects(
            exchange(`https://localhost:${port}/`, settings),
            new RegExp(`the proxy ${scheme}://${host}:${proxy.port} `),
          );
        } finally {
          await proxy.close();
        }
      });

      it("ends with the signal", async () => {
        const controller = new AbortController();
        const reason = new Error("enough");
        const mute = new RawServer(
          (socket) => void socket.once("data", () => controller.abort(reason)),
          scheme === "https" ? TLS : undefined,
        );
        const port = await mute.open();
        const client = platform.openHttp(settingsOf(`${scheme}://${host}:${port}`));
        const connecting: (string | undefined)[] = [];
        try {
          const url = `https://localhost:${ports.secure}/push`;
          const request = {
            url,
            method: "GET" as const,
            headers: {},
            answerBytesMax: 1,
            onConnecting: (by: string | undefined) => void connecting.push(by),
          };
          const exchanging = client.exchange(request, controller.signal);
          await assert.rejects(exchanging, (error) => error === reason);
          assert.deepEqual(connecting, [`${scheme}://${host}:${port}`]);
        } finally {
          await client.close();
          await mute.close();
        }
      });
    });
  }

  it("that echoes the request in its refusal tells nothing of the login", async () => {
    for (const bytesMax of [1024, 60, 80]) {
      const echo = new RawServer((socket) =>
        void socket.once("data", (bytes: Uint8Array) => {
          const lines = new TextDecoder("latin1").decode(bytes).split("\r\n");
          const said = lines.find((line) => line.startsWith("proxy-authorization"));
          socket.end(`HTTP/1.1 502 Bad\r\n\r\nus er:p:ss/w@rd% not ${said} taken`);
        })
      );
      const port = await echo.open();
      try {
        const settings = settingsOf(`http://${LOGIN}127.0.0.1:${port}`);
        const client = platform.openHttp(settings);
        const request = { url: "http://a/", method: "GET", headers: {}, answerBytesMax: bytesMax };
        const answer = await client.exchange(
          request as HttpRequest,
          new AbortController().signal,
        );
        await client.close();
        assert.equal(answer.status, 502);
        assert.match(answer.text, /^<hidden> not proxy-authorization: Basic <hidden>/);
      } finally {
        await echo.close();
      }
    }
  });

  it("that says the login again in JSON, in HTML or in a URL tells nothing of it", async () => {
    const said = [PASSWORD, encodeURIComponent(PASSWORD), JSON.stringify(PASSWORD)];
    said.push(PASSWORD.replaceAll("/", "\\/"), encodeURIComponent(PASSWORD).toLowerCase());
    const echo = new RawServer((socket) =>
      void socket.once("data", () => socket.end(`HTTP/1.1 502 Bad\r\n\r\n${said.join(" ")}`))
    );
    const port = await echo.open();
    try {
      const client = platform.openHttp(settingsOf(`http://${LOGIN}127.0.0.1:${port}`));
      const request: HttpRequest = {
        url: "http://a/",
        method: "GET",
        headers: {},
        answerBytesMax: 1024,
      };
      const answer = await client.exchange(request, new AbortController().signal);
      await client.close();
      assert.doesNotMatch(answer.text, /ss/);
    } finally {
      await echo.close();
    }
  });

  it("gets the headers that it wants with CONNECT, and the endpoint does not", async () => {
    const heads: (readonly string[])[] = [];
    const proxy = await openHttpProxy({ onConnect: (lines) => heads.push(lines) });
    try {
      const connectHeaders = { "X-Tenant": ["a", "b"], "X-Key": ["hush"], "X-Name": ["é"] };
      const settings = settingsOf(`http://127.0.0.1:${proxy.port}`, { connectHeaders });
      const answer = await exchange(`https://localhost:${ports.secure}/push`, settings);
      assert.equal(answer.status, 204);
      assert.deepEqual(heads, [[
        `host: localhost:${ports.secure}`,
        "X-Tenant: a",
        "X-Tenant: b",
        "X-Key: hush",
        // In UTF-8, which the proxy here reads byte by byte.
        "X-Name: Ã©",
      ]]);
    } finally {
      await proxy.close();
    }
  });

  it("whose answer to CONNECT is no HTTP, too long, or says more, is named", async () => {
    const answers = {
      "SSH-2.0-x\r\n\r\n": /answered CONNECT with no HTTP/,
      [`HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}`]: /answered CONNECT with more than 65536/,
      "HTTP/1.1 403 No\r\n\r\n": /answered 403 when it was asked for localhost:\d+$/,
      "HTTP/1.1 200 OK\r\n\r\nmore":
        /the proxy \S+ cannot be used: it says more than it was asked$/,
      "HTTP/1.1 200": /the proxy \S+ cannot be used: it has hung up$/,
    };
    for (const [answer, expected] of Object.entries(answers)) {
      const proxy = await openHttpProxy({ answer });
      try {
        const settings = settingsOf(`http://127.0.0.1:${proxy.port}`);
        await assert.rejects(
          exchange(`https://localhost:${ports.secure}/push`, settings),
          expected,
        );
      } finally {
        await proxy.close();
      }
    }
  });

  it("that cannot be reached, or not be trusted, is named", async () => {
    const closed = new RawServer(() => {});
    const port = await closed.open();
    await closed.close();
    for (const scheme of ["http", "https", "socks5"]) {
      const settings = settingsOf(`${scheme}://${LOGIN}127.0.0.1:${port}`);
      await assert.rejects(
        exchange(`http://a:${ports.plain}/push`, settings),
        new RegExp(
          `^ProxyError: the proxy ${scheme}://127.0.0.1:${port} cannot be used: .*ECONNREFUSED`,
        ),
      );
    }
    const tls = { cert: file("wrong_host"), key: file("key") };
    const proxy = await openHttpProxy({ tls });
    try {
      const url = `https://${LOGIN}localhost:${proxy.port}`;
      await assert.rejects(exchange(`http://a:${ports.plain}/push`, settingsOf(url)), {
        message: `the proxy https://localhost:${proxy.port} cannot be used: ` +
          "TLS: the certificate is not valid for localhost",
      });
      // The name that the endpoint's certificate has to be for is the endpoint's alone.
      const named = settingsOf(url);
      await assert.rejects(
        exchange(`http://a:${ports.plain}/push`, {
          ...named,
          tls: { ...named.tls!, serverName: "other.invalid" },
        }),
        /not valid for localhost/,
      );
    } finally {
      await proxy.close();
    }
  });

  it("is not used for hosts of no_proxy", async () => {
    const proxy = await openHttpProxy();
    try {
      const settings = settingsOf(`http://127.0.0.1:${proxy.port}`, { noProxy: "a.invalid" });
      assert.equal((await exchange(`http://127.0.0.1:${ports.plain}/push`, settings)).status, 204);
      assert.deepEqual(proxy.asked, []);
    } finally {
      await proxy.close();
    }
  });
});
