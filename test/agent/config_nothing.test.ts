/** Keys with nothing behind them, which rendered templates leave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, problemsOf } from "./parse_config.ts";

async function endpointOf(lines: string) {
  const { resolved } = await parse(`remote_write:\n  - url: http://a/\n${lines}`);
  return { ...resolved.endpoints[0]!, name: "" };
}

test("nothing behind a key is no value, also where a secret or a list is expected", async () => {
  const oauth = "    oauth2: { client_id: x, client_secret: y, token_url: 'http://a/'";
  const same: readonly (readonly [string, string])[] = [
    ["    proxy_url:\n    bearer_token:\n    proxy_connect_header:\n", ""],
    ["    headers:\n    write_relabel_configs:\n    external_labels:\n", ""],
    ["    sigv4:\n    azuread:\n    oauth2:\n", ""],
    ["    basic_auth: { username: bob, password: }\n", "    basic_auth: { username: bob }\n"],
    ["    basic_auth: { username: , password: x }\n", "    basic_auth: { password: x }\n"],
    ["    authorization: { credentials: }\n", "    authorization: {}\n"],
    [`${oauth}, scopes: , endpoint_params: , tls_config: , proxy_url: }\n`, `${oauth} }\n`],
    [
      "    write_relabel_configs: [{ action: labelkeep, regex: a, source_labels: }]\n",
      "    write_relabel_configs: [{ action: labelkeep, regex: a }]\n",
    ],
  ];
  for (const [nothing, absent] of same) {
    assert.deepEqual(await endpointOf(nothing), await endpointOf(absent), nothing);
  }
});

test("nothing is an empty text in a map and in a list, however it is written", async () => {
  for (const nothing of ["", "~", "null", "Null", "NULL"]) {
    const { resolved } = await parse(
      `global: { external_labels: { a: ${nothing}, b: x } }\nremote_write:\n  - url: http://a/\n`,
    );
    assert.deepEqual(resolved.endpoints[0]!.externalLabels, { b: "x" }, nothing);
    const source = `remote_write:\n  - url: http://a/\n    write_relabel_configs:\n` +
      `      - source_labels: [${nothing || "''"}]\n        target_label: b\n`;
    assert.match((await problemsOf(source)).join(), /source_labels\[0\]: got ""/, nothing);
  }
  const quoted = await parse(
    `global: { external_labels: { a: "~", b: 'null' } }\nremote_write:\n  - url: http://a/\n`,
  );
  assert.deepEqual(quoted.resolved.endpoints[0]!.externalLabels, { a: "~", b: "null" });
});
