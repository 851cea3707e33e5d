/** `%{NAME}`: values of the environment are values, and are not shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, problemsOf } from "./parse_config.ts";

const ENV = { PW: "hunter2$HOME", HOME: "/root", BAD: "hunter2(", A: "x" };
const ONE = "remote_write:\n  - url: http://a/\n";

test("what stands for a reference is not expanded again, and what is beside it is", async () => {
  const labels = `{ a: "%{PW}", b: "%{A}-$HOME-%{PW}", c: "%%{A}", d: "$HOME" }`;
  const { resolved } = await parse(`global: { external_labels: ${labels} }\n${ONE}`, { env: ENV });
  assert.deepEqual(resolved.endpoints[0]!.externalLabels, {
    a: "hunter2$HOME",
    b: "x-/root-hunter2$HOME",
    c: "%{A}",
    d: "/root",
  });
});

test("a problem shows the reference, and not the value", async () => {
  const wrong: readonly (readonly [lines: string, message: string])[] = [
    ['remote_timeout: "%{PW}"', 'got "%{PW}", expected a number with a unit such as "5s"'],
    ['url: "%{PW}"', 'got "%{PW}", expected an http or https URL'],
    ['protobuf_message: "%{PW}"', 'got "%{PW}", expected "prometheus.WriteRequest"'],
    ['queue_config: { max_shards: "%{PW}" }', 'got "%{PW}", expected a whole number'],
    ['queue_config: { capacity: "%{PW}" }', 'got "%{PW}", expected a whole number from 1'],
    ['write_relabel_configs: [{ regex: "%{BAD}" }]', 'got "%{BAD}", expected a regular expression'],
    ['write_relabel_configs: [{ source_labels: ["%{PW}"], action: "%{PW}" }]', 'got "%{PW}"'],
  ];
  for (const [lines, message] of wrong) {
    const url = lines.startsWith("url:") ? "" : "    url: http://a/\n";
    const text = `remote_write:\n  - name: a\n${url}    ${lines}\n`;
    const problems = (await problemsOf(text, { env: ENV })).join("\n");
    assert.ok(problems.includes(message), `${lines}: ${problems}`);
    assert.doesNotMatch(problems, /hunter2/);
  }
  const { remarks } = await parse(`${ONE}    remote_timeout: "%{T}"\n`, { env: { T: "2h" } });
  assert.equal(remarks[0]?.message, "got %{T}, using 1h: walq has no more");
});

test("what looks like a reference and is none is told", async () => {
  for (const text of ["%{A-B}", "%{A", "x%{", "%{A}%{B-C}"]) {
    const { remarks } = await parse(
      `${ONE}    basic_auth: { username: a, password: "${text}" }\n`,
      { env: ENV },
    );
    assert.equal(remarks.length, 1, text);
    const [{ level, key, message }] = remarks as [typeof remarks[0]];
    assert.equal(level, "warn");
    assert.equal(key, "remote_write[0].basic_auth.password");
    assert.match(message!, /^has %\{ without the name of an environment variable/);
  }
  const { remarks } = await parse(`${ONE}    bearer_token: "%{A}%%{B} 100%"\n`, { env: ENV });
  assert.deepEqual(remarks, []);
});
