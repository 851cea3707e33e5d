/**
 * Makes one attempt at each URL of the command line and prints what came of it: a
 * process of its own, because which authorities it trusts is decided at its start. With
 * `WALQ_TEST_CA` it trusts those of that file in place of them.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { attemptOnce } from "../../src/network/attempt.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { samplesOnly } from "../support/counts.ts";
import { fixedCredential } from "../support/fixed_credential.ts";

const { http: plain, openHttp, clock } = await defaultPlatform();
const authorities = process.env["WALQ_TEST_CA"];
const http = authorities === undefined ? plain : openHttp({
  tls: { ca: readFileSync(authorities, "utf8"), insecureSkipVerify: false },
  proxy: undefined,
  roundRobinDns: false,
});
const signal = new AbortController().signal;
for (const url of process.argv.slice(2)) {
  const result = await attemptOnce(
    {
      url: `${url}push?token=hush-hush`,
      headers: {},
      credential: fixedCredential("Bearer s3cret"),
      onRefused: "hold",
      body: new Uint8Array(100),
      timeoutMs: 30_000,
      kinds: samplesOnly(5),
    },
    { http, clock },
    signal,
  );
  const { used: _secret, ...shown } = result!;
  console.log(JSON.stringify({ ...shown, verdict: shown.verdict.kind }));
}
await http.close();
