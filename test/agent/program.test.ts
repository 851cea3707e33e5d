import assert from "node:assert/strict";
import { once } from "node:events";
import { Buffer } from "node:buffer";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { request as secureRequest } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { bitsOf, decodeRequest, encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { wholeBody } from "../support/whole_body.ts";
import { Program } from "./program.ts";
import { parseText } from "./text_format.ts";

/** An endpoint on a real port: keeps what it takes, answers with `status`. */
class Endpoint {
  status = 204;
  /** Answers before that, one a request. */
  readonly statuses: number[] = [];
  /** Who else asks gets 401. */
  wanted: string | undefined;
  readonly values: Map<string, bigint> = new Map();
  readonly authorizations: Set<string | undefined> = new Set();
  readonly #server: Server = createServer((incoming, answer) => {
    void this.#take(incoming).then((status) => status && answer.writeHead(status).end());
  });
  #heard: () => void = () => {};

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/write`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Resolves as soon as so many series are here, or so many requests were refused. */
  async has(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#heard = resolve);
  }

  refused = 0;

  async #take(incoming: IncomingMessage): Promise<number | undefined> {
    const body = await wholeBody(incoming);
    if (body === undefined) return undefined;
    this.authorizations.add(incoming.headers.authorization);
    const status = this.#statusFor(incoming);
    if (status === 204) {
      for (const { labels, samples } of decodeRequest(body)) {
        this.values.set(JSON.stringify(labels), samples[0]!.valueBits);
      }
    } else this.refused++;
    this.#heard();
    return status;
  }

  #statusFor({ headers }: IncomingMessage): number {
    if (this.wanted !== undefined && headers.authorization !== this.wanted) return 401;
    return this.statuses.shift() ?? this.status;
  }
}

interface Place {
  readonly directory: string;
  readonly endpoint: Endpoint;
  run(...args: string[]): Program;
}

/** A directory with a configuration that sends to an endpoint of its own. */
async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "walq-agent-"));
  const endpoint = new Endpoint();
  const url = await endpoint.start();
  const config = [
    "global: { external_labels: { site: attic } }",
    "remote_write:",
    `  - { url: "${url}", name: main, bearer_token: hunter2, queue_config: { flush_interval: 10ms, retry_backoff: 10ms, max_backoff: 20ms } }`,
    "queue: { data_path: data, ttl: 10y }",
    "server: { listen: 127.0.0.1:0 }",
  ];
  await writeFile(join(directory, "walq.yaml"), config.join("\n"));
  const programs: Program[] = [];
  const run = (...args: string[]): Program => {
    const program = new Program([...args, "--config", "walq.yaml"], directory);
    programs.push(program);
    return program;
  };
  try {
    await use({ directory, endpoint, run });
  } finally {
    for (const program of programs) {
      program.signal("SIGKILL");
      await program.ended;
    }
    await endpoint.stop();
    await rm(directory, { recursive: true });
  }
}

const LISTENING = /walq is ready.* listen=127\.0\.0\.1:(\d+)/;

async function push(port: string, from: number, count: number): Promise<number> {
  const series = Array.from(
    { length: count },
    (_, index) =>
      wireSeries({ __name__: "m", series: String(from + index) }, Date.now(), from + index),
  );
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/write`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
    body: encodeRequest(series) as Uint8Array<ArrayBuffer>,
  });
  await answer.text();
  return answer.status;
}

async function get(port: string, path: string): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
}

test("what comes in by HTTP goes out by HTTP, and SIGTERM ends with 0", async () => {
  await withPlace(async ({ endpoint, run }) => {
    const program = run("run");
    const port = await program.line(LISTENING);
    assert.equal(await push(port, 0, 3_000), 204);
    await endpoint.has(() => endpoint.values.size === 3_000);
    const labels = JSON.stringify([["__name__", "m"], ["series", "2999"], ["site", "attic"]]);
    assert.equal(endpoint.values.get(labels), bitsOf(2_999));
    assert.deepEqual([...endpoint.authorizations], ["Bearer hunter2"]);
    assert.equal(await get(port, "/-/ready"), "walq is ready.\n");
    const families = parseText(await get(port, "/metrics"));
    assert.equal(families.get("walq_accepted_signals_total")!.samples[0]!.value, 3_000);
    assert.ok(families.get("process_resident_memory_bytes")!.samples[0]!.value > 1_000_000);
    const status = await get(port, "/api/v1/status");
    assert.equal(JSON.parse(status).endpoints[0].name, "main");
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.doesNotMatch(status + program.output, /hunter2/);
  });
});

test("variables in external labels have the values of the program's environment", async () => {
  await withPlace(async ({ directory, endpoint, run }) => {
    const config = await readFile(join(directory, "walq.yaml"), "utf8");
    const labels = 'host: "${WALQ_TEST_HOST}", price: "a$$b", none: "$WALQ_TEST_NONE"';
    await writeFile(join(directory, "walq.yaml"), config.replace("site: attic", () => labels));
    process.env["WALQ_TEST_HOST"] = "edge-7";
    const program = run("run");
    delete process.env["WALQ_TEST_HOST"];
    assert.equal(await push(await program.line(LISTENING), 0, 1), 204);
    await endpoint.has(() => endpoint.values.size === 1);
    assert.deepEqual([...endpoint.values.keys()], [
      JSON.stringify([["__name__", "m"], ["host", "edge-7"], ["price", "a$b"], ["series", "0"]]),
    ]);
    await program.line(
      /level=warn msg="the environment variable WALQ_TEST_NONE is empty or not set"/,
    );
  });
});

test("what is pending at SIGTERM is sent by the next start", async () => {
  await withPlace(async ({ endpoint, run }) => {
    endpoint.status = 503;
    const first = run("run", "--shutdown-grace", "0s");
    assert.equal(await push(await first.line(LISTENING), 0, 500), 204);
    await endpoint.has(() => endpoint.refused > 0);
    first.signal("SIGTERM");
    assert.equal(await first.ended, 0);
    assert.equal(endpoint.values.size, 0);
    endpoint.status = 204;
    const second = run("run");
    assert.equal(await push(await second.line(LISTENING), 500, 500), 204);
    await endpoint.has(() => endpoint.values.size === 1_000);
    second.signal("SIGTERM");
    assert.equal(await second.ended, 0);
  });
});

test("a token in a file is rotated while it runs, and one 408 is no answer: nothing is lost", async () => {
  await withPlace(async ({ directory, endpoint, run }) => {
    const token = join(directory, "token");
    await writeFile(token, "old-token-1\n");
    const config = join(directory, "walq.yaml");
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replace("bearer_token: hunter2", "bearer_token_file: token"));
    const program = run("run");
    const port = await program.line(LISTENING);
    endpoint.wanted = "Bearer old-token-1";
    assert.equal(await push(port, 0, 100), 204);
    await endpoint.has(() => endpoint.values.size === 100);
    endpoint.wanted = "Bearer new-token-2";
    endpoint.statuses.push(408);
    // As Kubernetes does it: the new file takes the place of the old one.
    await writeFile(`${token}.new`, "new-token-2\n");
    await rename(`${token}.new`, token);
    assert.equal(await push(port, 100, 100), 204);
    await endpoint.has(() => endpoint.values.size === 200);
    // Not mended by itself: the queue is held, says so, and goes on after SIGHUP.
    endpoint.status = 404;
    assert.equal(await push(port, 200, 100), 204);
    await program.line(
      /level=error .*the endpoint refuses walq.*HTTP 404.*asked_again_in_ms=\d{5}/,
    );
    const { endpoints } = JSON.parse(await get(port, "/api/v1/status"));
    assert.ok(endpoints[0].refusedMs > 0);
    assert.match(endpoints[0].lastError, /^HTTP 404/);
    assert.equal(endpoint.values.size, 200);
    endpoint.status = 204;
    program.signal("SIGHUP");
    await endpoint.has(() => endpoint.values.size === 300);
    await program.line(/level=info .*sending works again.*down_ms=\d+ pending_signals=\d+/);
    const families = parseText(await get(port, "/metrics"));
    const of = (name: string): number[] => families.get(name)!.samples.map(({ value }) => value);
    assert.deepEqual(of("walq_endpoint_refused_seconds"), [0]);
    assert.ok(of("walq_dropped_signals_total").every((value) => value === 0));
    assert.doesNotMatch(program.output, /token-[12]/);
  });
});

test("a second program on one data path, and one on a port in use, end with 1", async () => {
  await withPlace(async ({ run }) => {
    const first = run("run");
    const port = await first.line(LISTENING);
    const second = run("run");
    assert.equal(await second.ended, 1);
    assert.match(second.output, /^walq: .*data/m);
    const third = run(
      "run",
      "--set",
      `server.listen=127.0.0.1:${port}`,
      "--set",
      "queue.data_path=other",
    );
    assert.equal(await third.ended, 1);
    assert.match(third.output, /Cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
  });
});

test("a body without length that never ends is refused, and others are served", async () => {
  await withPlace(async ({ endpoint, run }) => {
    const program = run("run", "--set", "queue.limits.request_bytes_max=100000");
    const port = await program.line(LISTENING);
    const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
    const endless = request({
      host: "127.0.0.1",
      port,
      path: "/api/v1/write",
      method: "POST",
      headers,
    });
    // The server may answer and cut while this is still being written.
    endless.on("error", () => {});
    const answered = new Promise<number>((resolve) => {
      endless.on("response", (answer) => resolve(answer.statusCode ?? 0));
    });
    endless.write(new Uint8Array(150_000));
    assert.equal(await answered, 413);
    endless.destroy();
    assert.equal(await push(port, 0, 10), 204);
    await endpoint.has(() => endpoint.values.size === 10);
  });
});

test("a client that leaves in the middle of a body does no harm", async () => {
  await withPlace(async ({ run }) => {
    const program = run("run");
    const port = await program.line(LISTENING);
    const head =
      "POST /api/v1/write HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-encoding: snappy\r\ncontent-length: 1000\r\n\r\nabc";
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    socket.destroy();
    assert.equal(await push(port, 0, 1), 204);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.doesNotMatch(program.output, /level=error/);
  });
});

test("a sender without headers is taken, a refusal names the metric, and no token in a URL is shown", async () => {
  await withPlace(async ({ endpoint, run }) => {
    const program = run("run", "--set", `remote_write[0].url=${endpoint.url}/t0ken?key=t0ken`);
    const write = `http://127.0.0.1:${await program.line(LISTENING)}/api/v1/write`;
    const send = async (labels: Record<string, string>): Promise<Response> => {
      const body = new Blob([
        encodeRequest([wireSeries(labels, Date.now(), 1)]) as Uint8Array<ArrayBuffer>,
      ]);
      return await fetch(write, { method: "POST", body });
    };
    const taken = await send({ __name__: "plain" });
    assert.equal(taken.status, 204);
    await endpoint.has(() => endpoint.values.size === 1);
    const refused = await send({ __name__: "odd_metric", "": "x" });
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /odd_metric/);
    await program.line(/level=warn msg="a request was refused" status=400 .*odd_metric.*from=127/);
    endpoint.status = 503;
    await (await send({ __name__: "later" })).text();
    await endpoint.has(() => endpoint.refused > 0);
    const port = new URL(write).port;
    const shown = await get(port, "/api/v1/status") + await get(port, "/metrics");
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.match(shown, /\/write\/\.\.\.\?\.\.\./);
    assert.doesNotMatch(shown + program.output, /t0ken/);
  });
});

test("walq agent listens on several addresses and a socket, reloads and ends by a request", async () => {
  await withPlace(async ({ directory, endpoint }) => {
    const config = join(directory, "walq.yaml");
    const program = new Program([
      "agent",
      "--config.file=walq.yaml",
      "--web.listen-address=127.0.0.1:0",
      "--web.listen-address=127.0.0.1:0",
      "--web.listen-address=unix:walq.sock",
      "--web.enable-lifecycle",
      "--web.enable-remote-write-receiver",
    ], directory);
    try {
      const listening = /walq is ready.* listen=([^ ]+)/;
      const [first, second, socket] = (await program.line(listening)).split(",");
      assert.equal(socket, "unix:walq.sock");
      const ports = [first!, second!].map((address) => address.replace("127.0.0.1:", ""));
      assert.equal(await push(ports[0]!, 0, 10), 204);
      assert.equal(await push(ports[1]!, 10, 10), 204);
      await endpoint.has(() => endpoint.values.size === 20);
      const bySocket = (path: string): Promise<[number, string]> => postTo(directory, path);
      assert.deepEqual(await bySocket("/-/reload"), [200, ""]);
      await writeFile(config, `${await readFile(config, "utf8")}\nrule_files: [a]\n`);
      const [status, text] = await bySocket("/-/reload");
      assert.equal(status, 500);
      assert.match(text, /walq\.yaml:\d+: rule_files: not supported/);
      assert.equal((await bySocket("/-/quit"))[0], 200);
      assert.equal(await program.ended, 0);
      await assert.rejects(readFile(join(directory, "walq.sock")), /ENOENT/);
    } finally {
      program.signal("SIGKILL");
      await program.ended;
    }
  });
});

test("TLS, a client certificate and a password guard the door, and a renewed certificate is shown", async () => {
  await withPlace(async ({ directory, endpoint, run }) => {
    const fixture = async (name: string): Promise<string> => {
      const url = new URL(`../fixtures/tls/${name}.pem`, import.meta.url);
      return await readFile(fileURLToPath(url).replace("/build/test/", "/test/"), "utf8");
    };
    for (const [name, from] of [["cert", "valid"], ["key", "key"], ["client_ca", "client_ca"]]) {
      await writeFile(join(directory, `${name}.pem`), await fixture(from!));
    }
    const web = (hash: string): string =>
      [
        "tls_server_config: { cert_file: cert.pem, key_file: key.pem, client_ca_file: client_ca.pem, client_auth_type: RequireAndVerifyClientCert }",
        "http_server_config: { headers: { X-Frame-Options: deny } }",
        `basic_auth_users: { alice: "${hash}" }`,
      ].join("\n");
    const hashes = {
      "open sesame": "$2b$04$1LMHrSG0OP7YKrHJUAGGNOXlvnoIndTiaRZWcPK8So.3N7sTQtAKS",
      "pass-2": "$2b$04$qGG3BEAoWcJwcYjBdNIgq.Uk3gvDFyY8SwMgIqqqo8iR/bWhP4n1K",
    };
    await writeFile(join(directory, "web.yml"), web(hashes["open sesame"]));
    const program = run("run", "--set", "server.web_config_file=web.yml");
    const port = Number(await program.line(LISTENING));
    const client = { cert: await fixture("client"), key: await fixture("client_key") };
    const ca = [await fixture("ca"), await fixture("self_signed")];
    const ask = (password: string, more = client): Promise<[number, string]> =>
      new Promise((resolve, reject) => {
        const body = encodeRequest([wireSeries({ __name__: "m", password }, Date.now(), 1)]);
        const asked = secureRequest({
          host: "127.0.0.1",
          port,
          path: "/api/v1/write",
          method: "POST",
          servername: "localhost",
          auth: `alice:${password}`,
          agent: false,
          ca,
          ...more,
        });
        asked.on("error", reject);
        asked.on("response", (answer) => {
          const socket = answer.socket as TLSSocket;
          const shown = socket.getPeerCertificate().fingerprint256;
          assert.equal(answer.headers["x-frame-options"], "deny");
          answer.resume();
          answer.on("end", () => resolve([answer.statusCode ?? 0, shown]));
        });
        asked.end(body);
      });
    const [status, before] = await ask("open sesame");
    assert.equal(status, 204);
    await endpoint.has(() => endpoint.values.size === 1);
    assert.equal((await ask("pass-2"))[0], 401);
    await assert.rejects(ask("open sesame", { cert: "", key: "" }));
    // Both are seen by whoever asks when a second has passed.
    await writeFile(join(directory, "cert.pem"), await fixture("self_signed"));
    await writeFile(join(directory, "web.yml"), web(hashes["pass-2"]));
    while ((await ask("pass-2"))[0] !== 204);
    const [, after] = await ask("pass-2");
    assert.notEqual(after, before);
    assert.equal((await ask("open sesame"))[0], 401);
    // A broken one leaves the last good one in force, with a line.
    await writeFile(join(directory, "web.yml"), "basic_auth_users: [hunter2");
    const broken = program.line(/web configuration not reloaded.*web\.yml:1/);
    let isTold = false;
    void broken.then(() => isTold = true);
    while (!isTold) assert.equal((await ask("pass-2"))[0], 204);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.doesNotMatch(program.output, /hunter2|sesame|\$2b/);

    const wrong = run("run", "--set", "server.web_config_file=web.yml");
    assert.equal(await wrong.ended, 1);
    assert.match(wrong.output, /web\.yml:1: /);
    const checked = run("check", "--set", "server.web_config_file=web.yml");
    assert.equal(await checked.ended, 1);
  });
});

/** A request without a body over the socket in the directory. */
function postTo(directory: string, path: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const socketPath = join(directory, "walq.sock");
    const asked = request({ socketPath, path, method: "POST", headers: { connection: "close" } });
    asked.on("error", reject);
    asked.on("response", (answer) => {
      const chunks: Uint8Array[] = [];
      answer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      answer.on("end", () => resolve([answer.statusCode ?? 0, String(Buffer.concat(chunks))]));
    });
    asked.end();
  });
}

test("a wrong configuration ends with 1 and its lines, a wrong command line with 2", async () => {
  await withPlace(async ({ directory, run }) => {
    await writeFile(
      join(directory, "walq.yaml"),
      "remote_write:\n  - url: http://a/\n    max: 1\nrule_files: [a]\n",
    );
    const wrong = run("run");
    assert.equal(await wrong.ended, 1);
    assert.match(wrong.output, /walq\.yaml:3: remote_write\[0\]\.max: unknown key/);
    assert.match(wrong.output, /walq\.yaml:4: rule_files: not supported/);
    const usage = run("go");
    assert.equal(await usage.ended, 2);
  });
});
