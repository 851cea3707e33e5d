/** Settings whose files change while requests leave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectedHttpClient } from "../../src/connection/connected_http.ts";
import type { ConnectionSource } from "../../src/connection/source.ts";
import type { ConnectionSettings, HttpClient } from "../../src/contracts.ts";
import { ConnectionSettingsError } from "../../src/errors.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { putFile } from "../support/put_file.ts";

const SOURCE: ConnectionSource = {
  tls: {
    certFile: "/tls/cert",
    keyFile: "/tls/key",
    caFile: undefined,
    ca: "authorities",
    serverName: "other",
    insecureSkipVerify: false,
  },
  proxy: undefined,
  roundRobinDns: false,
};
const REQUEST = { url: "https://a/", method: "POST", headers: {}, answerBytesMax: 1 } as const;

/** A host whose connections want a key that ends as its certificate does. */
class Host {
  readonly platform = new MemoryPlatform();
  readonly logger = new MemoryLogger();
  /** What happened to clients: which certificate they were opened by, used by, closed by. */
  readonly happened: string[] = [];
  readonly client: ConnectedHttpClient;

  constructor(source: ConnectionSource = SOURCE) {
    const { files, clock } = this.platform;
    const platform = {
      files,
      clock,
      openHttp: (settings: ConnectionSettings) => this.#open(settings),
    };
    this.client = new ConnectedHttpClient(source, { platform, logger: this.logger });
  }

  #open({ tls }: ConnectionSettings): HttpClient {
    const { cert = "none", key = "" } = tls!;
    if (cert.at(-1) !== key.at(-1)) {
      throw new ConnectionSettingsError(["tlsConfig", "key"], "is not the key of the certificate");
    }
    this.happened.push(`open ${cert}`);
    return {
      exchange: () => {
        this.happened.push(`use ${cert}`);
        return Promise.resolve(makeAnswer(200));
      },
      close: () => {
        this.happened.push(`close ${cert}`);
        return Promise.resolve();
      },
    };
  }

  async put(cert: string, key: string): Promise<void> {
    await this.platform.files.makeDirectory("/tls");
    await putFile(this.platform.files, "/tls/cert", cert);
    await putFile(this.platform.files, "/tls/key", key);
  }

  async ask(): Promise<readonly string[]> {
    this.happened.length = 0;
    await this.client.exchange(REQUEST, new AbortController().signal);
    return [...this.happened];
  }
}

test("a certificate that is renewed is used by the requests after it, and the old connections are closed", async () => {
  const host = new Host();
  await host.put("cert 1", "key 1");
  assert.deepEqual(await host.ask(), ["open cert 1", "use cert 1"]);
  await host.put("cert 2", "key 2");
  assert.deepEqual(await host.ask(), ["use cert 1"], "read a moment ago");
  await host.platform.time.advance(1_000);
  assert.deepEqual(await host.ask(), ["open cert 2", "close cert 1", "use cert 2"]);
  assert.deepEqual(host.logger.lines, [
    "info the files of tls_config have changed; what they hold now is used {}",
  ]);
  await host.platform.time.advance(1_000);
  assert.deepEqual(await host.ask(), ["use cert 2"]);
});

test("a certificate without its key leaves the last pair in force, with a line", async () => {
  const host = new Host();
  await host.put("cert 1", "key 1");
  await host.ask();
  await host.put("cert 2", "key 1");
  await host.platform.time.advance(1_000);
  assert.deepEqual(await host.ask(), ["use cert 1"]);
  assert.equal(host.logger.lines.length, 1);
  assert.match(host.logger.lines[0]!, /^warn cannot use the files of tls_config; what they held/);
  assert.match(
    host.logger.lines[0]!,
    /the file \\"\/tls\/key\\" is not the key of the certificate/,
  );
  await host.platform.time.advance(1_000);
  await host.ask();
  assert.equal(host.logger.lines.length, 1, "not a line for each request");
  await host.put("cert 2", "key 2");
  await host.platform.time.advance(1_000);
  assert.deepEqual(await host.ask(), ["open cert 2", "close cert 1", "use cert 2"]);
});

test("a file that is gone leaves what it held in force", async () => {
  const host = new Host();
  await host.put("cert 1", "key 1");
  await host.ask();
  await host.platform.files.remove("/tls/key");
  await host.platform.time.advance(1_000);
  assert.deepEqual(await host.ask(), ["use cert 1"]);
  assert.match(host.logger.lines[0]!, /cannot read the file \\"\/tls\/key\\": not found/);
});

test("without a pair that was ever fine no request leaves, and each says why", async () => {
  const host = new Host();
  await assert.rejects(host.ask(), { message: 'cannot read the file "/tls/cert": not found' });
  await host.put("cert 1", "key 2");
  await assert.rejects(host.ask(), /the file "\/tls\/key" is not the key of the certificate/);
  await host.put("cert 1", "key 1");
  assert.deepEqual(await host.ask(), ["open cert 1", "use cert 1"]);
});

test("requests that leave together read the files once", async () => {
  const host = new Host();
  await host.put("cert 1", "key 1");
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 5 }, () => host.client.exchange(REQUEST, signal)));
  assert.deepEqual(host.happened, ["open cert 1", ...new Array(5).fill("use cert 1")]);
});

test("settings in place are not read again", async () => {
  const { certFile: _, keyFile: __, ...tls } = SOURCE.tls!;
  const inPlace = { ...tls, cert: "cert 1", key: "key 1", certFile: undefined, keyFile: undefined };
  const host = new Host({ ...SOURCE, tls: inPlace });
  assert.deepEqual(await host.ask(), ["open cert 1", "use cert 1"]);
  await host.platform.time.advance(10_000);
  assert.deepEqual(await host.ask(), ["use cert 1"]);
  await host.client.close();
  assert.deepEqual(host.happened.at(-1), "close cert 1");
});
