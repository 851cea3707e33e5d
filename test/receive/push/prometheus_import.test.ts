/** `POST /api/v1/import/prometheus`, by VictoriaMetrics's documentation. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { PushRig } from "./support.ts";

const PATH = "/api/v1/import/prometheus";

test("lines are samples of now, or of their own time, and durable before the answer", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const page = `# HELP foo Foo.\n# TYPE foo counter\nfoo{bar="baz"} 123\n` +
    `foo{bar="qux"} 1.5 ${atMs - 5000}\nfoo{bar="qux"} 2.5 ${atMs - 1000}\n`;
  const answer = await push.push(PATH, page);
  assert.deepEqual([answer.status, await answer.text()], [204, ""]);
  await push.rig.crash();
  assert.deepEqual(await push.arrived(atMs), [
    "__name__=foo,bar=baz 123 +0",
    "__name__=foo,bar=qux 1.5 +-5000",
    "__name__=foo,bar=qux 2.5 +-1000",
  ]);
});

test("timestamp and extra_label are taken from the URL, and count", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const query = `?extra_label=env=prod&extra_label=bar=a%3Db&timestamp=${atMs - 3000}`;
  const page = `one{bar="own"} 1\ntwo 2 ${atMs}`;
  assert.equal((await push.push(PATH + query, page)).status, 204);
  assert.deepEqual(await push.arrived(atMs), [
    "__name__=one,bar=a=b,env=prod 1 +-3000",
    "__name__=two,bar=a=b,env=prod 2 +0",
  ]);
});

test("a path of the Pushgateway behind it gives labels", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const path = `${PATH}/metrics/job/my_app/instance/host123`;
  assert.equal((await push.push(path, "up 1", { method: "PUT" })).status, 204);
  assert.deepEqual(await push.arrived(atMs), ["__name__=up,instance=host123,job=my_app 1 +0"]);
});

test("OpenMetrics is known by its type and by its end; its timestamps are seconds", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const page = (name: string): string =>
    `# TYPE ${name} counter\n${name}_total 1 ${(atMs - 2500) / 1000} # {id="x"} 1\n# EOF\n`;
  const headers = { "content-type": "application/openmetrics-text; version=1.0.0" };
  assert.equal((await push.push(PATH, page("typed"), { headers })).status, 204);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal((await push.push(PATH, page("sniffed"), { headers: form })).status, 204);
  assert.deepEqual(await push.arrived(atMs), [
    "__name__=sniffed_total 1 +-2500",
    "__name__=typed_total 1 +-2500",
  ]);
  const cut = await push.told(PATH, "a 1\n", { headers });
  assert.match(cut, /^400 line 2: .*wanted "# EOF"/);
});

test("gzip is taken, zstd where there is one, and other encodings are named", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const packed = new Uint8Array(gzipSync("a 1\n"));
  assert.equal(
    (await push.push(PATH, packed, { headers: { "content-encoding": "gzip" } })).status,
    204,
  );
  assert.deepEqual(await push.arrived(atMs), ["__name__=a 1 +0"]);
  const broken = { headers: { "content-encoding": "gzip" } };
  assert.match(await push.told(PATH, packed.subarray(0, 10), broken), /^400 /);
  const other = { headers: { "content-encoding": "br" } };
  assert.match(await push.told(PATH, "a 1", other), /^415 Got Content-Encoding "br", expected/);
  const bomb = new Uint8Array(gzipSync(new Uint8Array(17 * 1024 * 1024)));
  assert.match(await push.told(PATH, bomb, broken), /^413 /);
});

test("what is wrong is told with its line, and nothing of it is kept", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  assert.equal(
    await push.told(PATH, 'fine 1\nbad{a="b} 2\n'),
    '400 line 2: got "\\"b} 2" at byte 7, wanted a text that ends with a quote',
  );
  assert.match(await push.told(PATH, 'a{b="1",b="2"} 1'), /^400 got the label "b" twice/);
  assert.match(
    await push.told(`${PATH}?extra_label=x`, "a 1"),
    /^400 Got extra_label "x", expected/,
  );
  assert.match(await push.told(`${PATH}?timestamp=soon`, "a 1"), /^400 Got timestamp "soon"/);
  assert.match(await push.told(`${PATH}?timestamp=1735689600`, "a 1"), /looks like seconds/);
  // Where Prometheus sees the end of a page the rest would be lost.
  for (const body of ["a 1\n\0\nb 2\n", "a 1\n \0"]) {
    assert.match(await push.told(PATH, body), /^400 line 2: got a byte of 0 at byte [12], wanted/);
  }
  assert.match(await push.told(PATH, "\0".repeat(1_000)), /^400 line 1: got a byte of 0 at byte 1/);
  assert.equal(await push.told(PATH, ""), "204");
  assert.deepEqual(await push.arrived(atMs), []);
});

test("what is too old is told, and the rest is kept", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const told = await push.told(PATH, `old 1 ${atMs - 400 * 86_400_000}\nnew 2\n`);
  assert.match(told, /^400 1 signal was refused and 1 accepted: 1 for ttl: /);
  assert.deepEqual(await push.arrived(atMs), ["__name__=new 2 +0"]);
});

test("who pushes again gets no stale markers for what is not there any more", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  for (const page of ["a 1\nb 2\n", "b 3\n", "", "a 4\nb 5\nb 6\n"]) {
    assert.equal((await push.push(PATH, page)).status, 204);
    await push.rig.platform.time.advance(1);
  }
  const values = (await push.arrived(atMs)).map((line) => line.split(" ").slice(0, 2).join(" "));
  // The second one of b is at the time of the first.
  assert.deepEqual(values, [
    "__name__=a 1",
    "__name__=a 4",
    "__name__=b 2",
    "__name__=b 3",
    "__name__=b 5",
  ]);
});

test("labels of the URL that make a small body large are refused", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const label = `?extra_label=a=${"x".repeat(8000)}`;
  const lines = Array.from({ length: 10_000 }, (_, at) => `m${at} 1\n`).join("");
  assert.match(await push.told(PATH + label, lines), /^413 The labels of the URL/);
  // Of series that are known already, too.
  const timed = Array.from({ length: 10_000 }, (_, at) => `m 1 ${atMs - at}\n`).join("");
  assert.match(await push.told(PATH + label, timed), /^413 The labels of the URL/);
  assert.match(
    await push.told(`${PATH}?extra_label=a=${"x".repeat(9000)}`, "a 1"),
    /^400 Got labels/,
  );
  assert.deepEqual(await push.arrived(atMs), []);
});

test("a disk that refuses makes who pushes come again, with the same", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  push.rig.platform.files.fault = (step) => step === "write" ? "no_space" : undefined;
  const page = '# TYPE a counter\na_total 1 # {id="x"} 1\n# EOF\n';
  const headers = { "content-type": "application/openmetrics-text" };
  const answer = await push.push(PATH, page, { headers });
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "5"]);
  push.rig.platform.files.fault = undefined;
  assert.equal((await push.push(PATH, page, { headers })).status, 204);
  assert.equal((await push.arrived(atMs)).length, 1);
});

test("other methods are told which to use", async () => {
  const push = await new PushRig().open();
  const answer = await push.push(PATH, null, { method: "GET" });
  assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "POST"]);
});

test("what is made of a body may be larger than a request may be", async () => {
  const push = await new PushRig({
    limits: { requestBytesMax: "8KiB", uncompressedBytesMax: "8KiB" },
  }).open();
  const atMs = push.nowMs;
  const lines = Array.from({ length: 800 }, (_, at) => `m${at} 1\n`).join("");
  assert.equal(await push.told(PATH, lines), "204");
  const fields = Array.from({ length: 800 }, (_, at) => `f${at}=1`).join();
  assert.equal(await push.told("/write", `m,some_tag=some_value ${fields}`), "204");
  assert.match(await push.told(PATH, `${lines}${lines}`), /^413 .*larger than 8192 bytes/);
  assert.equal((await push.arrived(atMs)).length, 1600);
});
