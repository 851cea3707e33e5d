/** What is said to a proxy, byte by byte, and what is made of its answers. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { ProxySettings } from "../../src/contracts.ts";
import { proxyChooser } from "../../src/platform/http/proxy.ts";
import { targetOf } from "../../src/platform/http/target.ts";
import { openTunnel } from "../../src/platform/http/tunnel.ts";

/** Asks for a tunnel; the proxy's answers come byte by byte. Resolves to what was written. */
async function ask(
  proxyUrl: string,
  url: string,
  answers: Uint8Array,
  connectHeaders: ProxySettings["connectHeaders"] = {},
): Promise<string> {
  const settings = { url: proxyUrl, noProxy: undefined, fromEnvironment: false, connectHeaders };
  const target = targetOf(url);
  const proxy = proxyChooser(settings, () => undefined)(target)!;
  const written: Uint8Array[] = [];
  let at = 0;
  await openTunnel(
    {
      write: (bytes) => written.push(bytes),
      read: (enough) => {
        for (let end = at; end <= answers.length; end++) {
          const got = answers.subarray(at, end);
          const count = enough(got);
          if (count === undefined || count > got.length) continue;
          at += count;
          return Promise.resolve(got.subarray(0, count));
        }
        return Promise.reject(new Error("the end"));
      },
    },
    target,
    proxy,
  );
  assert.equal(at, answers.length, "all was read, and no more");
  return Buffer.concat(written).toString("latin1");
}

function text(...bytes: (number | string)[]): string {
  return bytes.map((one) => typeof one === "string" ? one : String.fromCharCode(one)).join("");
}

const CONNECTED = Buffer.from("HTTP/1.0 200 Connection established\r\nproxy-agent: x\r\n\r\n");
const NO_LOGIN = [5, 0];
const DONE = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

test("CONNECT names host and port, also where they are the usual ones", async () => {
  assert.equal(
    await ask("http://proxy", "https://host/push", CONNECTED),
    "CONNECT host:443 HTTP/1.1\r\nhost: host:443\r\n\r\n",
  );
  assert.equal(
    await ask("https://user:pw@proxy", "https://[fd00::1]:8443/", CONNECTED),
    "CONNECT [fd00::1]:8443 HTTP/1.1\r\nhost: [fd00::1]:8443\r\n" +
      "proxy-authorization: Basic dXNlcjpwdw==\r\n\r\n",
  );
});

test("a login of the headers for CONNECT is sent unless the URL has one", async () => {
  const headers = { "Proxy-Authorization": ["Bearer hush"] };
  const asked = (url: string) => ask(url, "https://host/", CONNECTED, headers);
  assert.match(await asked("http://proxy"), /\r\nProxy-Authorization: Bearer hush\r\n\r\n$/);
  assert.match(
    await asked("http://u:p@proxy"),
    /^[^]*443\r\nproxy-authorization: Basic dTpw\r\n\r\n$/,
  );
});

test("SOCKS is told a name as a name, and an address as an address", async () => {
  const greeting = text(5, 1, 0);
  const asked = (url: string) => ask("socks5://proxy", url, Uint8Array.of(...NO_LOGIN, ...DONE));
  assert.equal(await asked("http://host/"), text(greeting, 5, 1, 0, 3, 4, "host", 0, 80));
  assert.equal(
    await asked("http://10.1.2.3:8080/"),
    text(greeting, 5, 1, 0, 1, 10, 1, 2, 3, 31, 144),
  );
  assert.equal(
    await asked("https://[fd00::1]/"),
    text(greeting, 5, 1, 0, 4, 0xfd, ...new Array(14).fill(0), 1, 1, 187),
  );
});

test("SOCKS reads a reply to its end, whatever address is in it", async () => {
  const replies = [
    [5, 0, 0, 3, 4, ...Buffer.from("name"), 0, 80],
    [5, 0, 0, 4, ...new Array(16).fill(1), 0, 80],
  ];
  for (const reply of replies) {
    await ask("socks5://proxy", "http://host/", Uint8Array.of(...NO_LOGIN, ...reply));
  }
});

test("SOCKS logs in only where the proxy wants it", async () => {
  const without = await ask(
    "socks5://u:pw@proxy",
    "http://host/",
    Uint8Array.of(...NO_LOGIN, ...DONE),
  );
  assert.doesNotMatch(without, /pw/);
  assert.ok(without.startsWith(text(5, 2, 0, 2)));
  const answers = Uint8Array.of(5, 2, 1, 0, ...DONE);
  const withLogin = await ask("socks5://u:pw@proxy", "http://host/", answers);
  assert.ok(withLogin.startsWith(text(5, 2, 0, 2, 1, 1, "u", 2, "pw")));
});

test("SOCKS is told an empty password where the URL has none", async () => {
  const answers = Uint8Array.of(5, 2, 1, 0, ...DONE);
  for (const proxy of ["socks5://u@proxy", "socks5://u:@proxy"]) {
    const written = await ask(proxy, "http://host/", answers);
    assert.ok(written.startsWith(text(5, 2, 0, 2, 1, 1, "u", 0)), proxy);
  }
});

test("what SOCKS cannot do is told by the proxy's name", async () => {
  const cases: readonly (readonly [readonly number[], RegExp])[] = [
    [[72, 84], /^the proxy socks5:\/\/proxy:1080 does not speak SOCKS 5$/],
    [[5, 255], /wants a user name and a password, or another way to log in$/],
    [[5, 2], /wants a user name and a password, or another way to log in$/],
    [[5, 0, 5, 2, 0, 1], /could not connect to host:80: its rules do not allow it$/],
    [[5, 0, 5, 5, 0, 1], /could not connect to host:80: the connection is refused$/],
    [[5, 0, 5, 99], /could not connect to host:80: code 99$/],
  ];
  for (const [answers, message] of cases) {
    const asking = ask("socks5://proxy", "http://host/", Uint8Array.from(answers));
    await assert.rejects(asking, (error: Error) => message.test(error.message));
  }
});
