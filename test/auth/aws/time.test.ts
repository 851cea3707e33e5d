/** The time that signatures have: the one that is given, never the runtime's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCredential } from "../../../src/auth/make_credential.ts";
import type { Credential } from "../../../src/auth/credential.ts";
import type { HttpRequest } from "../../../src/contracts.ts";
import { resolveOptions } from "../../../src/options.ts";
import { makeAnswer, MemoryPlatform } from "../../../src/testing/memory.ts";
import { MemoryLogger } from "../../support/memory_logger.ts";
import { whyRefused } from "./verify.ts";

const SCOPE = { region: "eu-central-1", service: "aps" };
const KEYS = { accessKeyId: "AKID", secretAccessKey: "s3cret" };
const STATIC = { region: SCOPE.region, accessKey: "AKID", secretKey: "s3cret" };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const { signal } = new AbortController();

/** A credential on a host in memory, whose wall clock can be wrong before the endpoint. */
class Signing {
  /** Begins at the last second of a day. */
  readonly platform = new MemoryPlatform({ startMs: Date.UTC(2031, 11, 31, 23, 59, 59) });
  readonly credential: Credential;
  /** By how much the endpoint says that the host's clock is off. */
  wrongByMs = 0;

  constructor(sigv4: Record<string, unknown>) {
    const endpoints = [{ name: "one", url: "http://one/", sigv4 }];
    const [endpoint] = resolveOptions({ dataPath: "d", endpoints }).endpoints;
    const { files, clock, random, http, env } = this.platform;
    const nowMs = (): number => clock.nowMs() - this.wrongByMs;
    const logger = new MemoryLogger();
    const dependencies = { files, clock, random, http, env, logger, nowMs };
    this.credential = makeCredential(endpoint!.credentials, dependencies);
  }

  /** A request as it leaves now. */
  async send(): Promise<HttpRequest> {
    const request = {
      method: "POST",
      url: "http://one/write",
      headers: { "content-encoding": "snappy" },
      body: Uint8Array.of(1, 2, 3),
      answerBytesMax: 0,
    } as const;
    const { headers } = await this.credential.sign(request, signal);
    return { ...request, headers: { ...request.headers, ...headers } };
  }
}

function dateAt(timeMs: number): string {
  return new Date(Math.floor(timeMs / 1000) * 1000).toISOString().replace(/[-:]|\.000/g, "");
}

async function assertSignedAt(timeMs: number, request: HttpRequest, keys = KEYS): Promise<void> {
  assert.equal(request.headers["x-amz-date"], dateAt(timeMs));
  const received = { ...request, body: request.body! };
  assert.equal(await whyRefused(received, keys, { ...SCOPE, nowMs: timeMs }), undefined);
}

test("each attempt has the time at which it is signed, over the end of a day too", async () => {
  const signing = new Signing(STATIC);
  const { time } = signing.platform;
  for (const passMs of [0, 999, 1, 1_000, HOUR_MS, 31 * DAY_MS]) {
    await time.advance(passMs);
    await assertSignedAt(time.trueMs(), await signing.send());
  }
  time.suspend(DAY_MS);
  await assertSignedAt(time.trueMs(), await signing.send());
});

test("where the host's clock is wrong, the endpoint's counts", async () => {
  for (const aheadMs of [3 * HOUR_MS, -40 * DAY_MS]) {
    const signing = new Signing(STATIC);
    const { time } = signing.platform;
    time.jump(aheadMs);
    await assertSignedAt(time.trueMs() + aheadMs, await signing.send());
    signing.wrongByMs = aheadMs;
    await assertSignedAt(time.trueMs(), await signing.send());
  }
});

test("a role is asked for, and asked for again, by the same time", async () => {
  const signing = new Signing({ ...STATIC, roleArn: "arn:aws:iam::1:role/x" });
  const { time, http } = signing.platform;
  const asked: string[] = [];
  http.script = (request) => {
    asked.push(request.headers["x-amz-date"]!);
    const expiration = new Date(time.trueMs() + HOUR_MS).toISOString();
    return makeAnswer(
      200,
      `<AccessKeyId>ROLE${asked.length}</AccessKeyId><SecretAccessKey>role</SecretAccessKey>` +
        `<SessionToken>session</SessionToken><Expiration>${expiration}</Expiration>`,
    );
  };
  const expected: string[] = [];
  for (let round = 1; round <= 3; round++) {
    expected.push(dateAt(time.trueMs()));
    const keys = { accessKeyId: `ROLE${round}`, secretAccessKey: "role", sessionToken: "session" };
    await assertSignedAt(time.trueMs(), await signing.send(), keys);
    assert.deepEqual(asked, expected);
    // By then the keys have ended, so the next request waits for others.
    await time.advance(HOUR_MS + 1_000);
  }
  await signing.credential.stop();
});
