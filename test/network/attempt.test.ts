import assert from "node:assert/strict";
import { test } from "node:test";
import type { Credential, Outgoing, Signed } from "../../src/auth/credential.ts";
import { attemptOnce } from "../../src/network/attempt.ts";
import { ScriptedHttpClient } from "../../src/testing/scripted_http.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { fixedCredential } from "../support/fixed_credential.ts";

/** What is told when nothing answers in time, and how many requests left. */
async function untilTimeout(credential: Credential): Promise<[string | undefined, number]> {
  const clock = new VirtualClock();
  const http = new ScriptedHttpClient(() => new Promise(() => {}));
  const attempt = {
    url: "http://endpoint/write",
    headers: {},
    credential,
    onRefused: "hold",
    body: new Uint8Array(1),
    timeoutMs: 3_000,
    kinds: { samples: 1, histograms: 0, exemplars: 0, metadata: 0 },
  } as const;
  const result = attemptOnce(attempt, { http, clock }, new AbortController().signal);
  await clock.advance(3_000);
  return [(await result)?.reason, http.exchanges];
}

test("an endpoint that does not answer is told apart from who gives out no token", async () => {
  assert.deepEqual(await untilTimeout(fixedCredential("Bearer x")), ["no answer in 3000 ms", 1]);
  const waiting: Credential = {
    canChange: false,
    mark: 0,
    secrets: [],
    sign: (_request: Outgoing, signal: AbortSignal): Promise<Signed> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    refused: () => Promise.resolve(),
    look: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  const told = "no answer in 3000 ms from who gives out its token or keys";
  assert.deepEqual(await untilTimeout(waiting), [told, 0]);
});
