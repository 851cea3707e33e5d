/** Tokens by OAuth 2.0, for a queue in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointOptions, OAuth2 } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "../queue/support.ts";
import { putFile } from "../support/put_file.ts";
import { TokenServer } from "./token_server.ts";

const SECRET = "cl1ent/s3cret+";
const OAUTH2: OAuth2 = {
  clientId: "walq",
  clientSecret: SECRET,
  tokenUrl: "http://login/oauth2/token",
};

/** A queue before an endpoint that takes the tokens of a server. */
function rigOf(oauth2: Partial<OAuth2> = {}, more: Partial<EndpointOptions> = {}) {
  const endpoint = { name: "one", url: "http://one/write", parallelism: 4, ...more };
  const rig = new Rig({ endpoints: [{ ...endpoint, oauth2: { ...OAUTH2, ...oauth2 } }] });
  const server = new TokenServer();
  const toEndpoints = rig.platform.http.script;
  rig.platform.http.script = (request, signal) => {
    return request.url === OAUTH2.tokenUrl ? server.answer(request) : toEndpoints(request, signal);
  };
  rig.one.answer = ({ headers }) => makeAnswer(server.admits(headers["authorization"]) ? 204 : 401);
  return { rig, server };
}

const endpointOf = (rig: Rig) => rig.queue.stats().endpoints[0]!;

test("a token is got once for all shards, by the secret in the header, and used until it ends", async () => {
  const { rig, server } = rigOf({ scopes: ["a", "b"], endpointParams: { resource: "r" } });
  await rig.open();
  for (let series = 0; series < 20; series++) await rig.put(`s${series}`, 1);
  await rig.drain();
  assert.deepEqual(server.asked, [{
    form: { grant_type: "client_credentials", scope: "a b", resource: "r" },
    basic: `walq:${SECRET}`,
  }]);
  assert.equal(endpointOf(rig).deliveredTotal, 20);
});

test("it is renewed before it ends, while the old one is used: no request waits or is refused", async () => {
  const { rig, server } = rigOf();
  const refused: number[] = [];
  rig.one.answer = ({ headers }) => {
    if (server.admits(headers["authorization"])) return makeAnswer(204);
    refused.push(rig.nowMs());
    return makeAnswer(401);
  };
  await rig.open();
  for (let minute = 0; minute < 180; minute++) {
    await rig.put("case_total", minute);
    await rig.platform.time.advance(60_000);
  }
  // Each is good for an hour and renewed five minutes early.
  assert.equal(server.asked.length, 4);
  assert.deepEqual([endpointOf(rig).deliveredTotal, refused], [180, []]);
});

test("where the secret is not wanted in the header it goes among the parameters, and so does the next", async () => {
  const { rig, server } = rigOf();
  server.expiresInSeconds = 60;
  server.instead = ({ basic }) =>
    basic === undefined ? undefined : makeAnswer(401, '{"error":"invalid_client"}');
  await rig.open();
  await rig.put("case_total", 1);
  await rig.drain();
  const form = { grant_type: "client_credentials", client_id: "walq", client_secret: SECRET };
  assert.deepEqual(server.asked.slice(1), [{ form, basic: undefined }]);
  await rig.platform.time.advance(60_000);
  await rig.put("case_total", 2);
  await rig.drain();
  assert.deepEqual(server.asked.slice(2), [{ form, basic: undefined }]);
});

test("a client without a secret says who it is", async () => {
  const { rig, server } = rigOf({ clientSecret: undefined as unknown as string });
  await rig.open();
  await rig.put("case_total", 1);
  await rig.drain();
  const form = { grant_type: "client_credentials", client_id: "walq" };
  assert.deepEqual(server.asked, [{ form, basic: undefined }]);
});

test("a token that is refused is renewed at once, and nothing is lost", async () => {
  const { rig, server } = rigOf();
  await rig.open();
  await rig.put("case_total", 1);
  await rig.drain();
  await rig.platform.time.advance(600_000);
  server.revoke();
  const before = rig.nowMs();
  await rig.put("case_total", 2);
  await rig.drain();
  assert.ok(rig.nowMs() - before < 10_000);
  assert.deepEqual([server.asked.length, endpointOf(rig).deliveredTotal], [2, 2]);
});

test("an endpoint that refuses every token is asked after pauses, and so is the server", async () => {
  const { rig, server } = rigOf();
  let asked = 0;
  rig.one.answer = () => {
    asked++;
    return makeAnswer(401, `no ${server.token}`);
  };
  await rig.open();
  await rig.put("case_total", 1);
  await rig.platform.time.advance(3_600_000);
  // Twelve pauses of five minutes, with two requests each.
  assert.ok(asked > 10 && asked < 50, `${asked}`);
  assert.ok(server.asked.length < 30, `${server.asked.length}`);
  assert.equal(endpointOf(rig).pendingSignals, 1);
  assert.doesNotMatch(rig.logger.lines.join("\n"), /t0ken-/);
  assert.match(rig.logger.lines.join("\n"), /HTTP 401: no <hidden>/);
});

test("while no token can be got all waits, with pauses, and what was asked and answered is told", async () => {
  const { rig, server } = rigOf({}, { maxRetryAttempts: 3 });
  server.instead = ({ basic = "" }) =>
    makeAnswer(401, `{"error":"invalid_client",\n "hint":"${basic} ${encodeURIComponent(basic)}"}`);
  await rig.open();
  for (let series = 0; series < 20; series++) await rig.put(`s${series}`, 1);
  await rig.platform.time.advance(3_600_000);
  assert.equal(endpointOf(rig).pendingSignals, 20);
  // Two requests each, at most every half a minute, for all four shards.
  assert.ok(server.asked.length > 200 && server.asked.length < 400, `${server.asked.length}`);
  const { lastError = "", droppedTotal } = endpointOf(rig);
  assert.equal(droppedTotal.rejected + droppedTotal.max_retries, 0);
  assert.match(
    lastError,
    /^cannot get a token from http:\/\/login\/oauth2\/token: HTTP 401: \{"error":"invalid_client"/,
  );
  const said = `${lastError}\n${rig.logger.lines.join("\n")}`;
  assert.match(said, /warn cannot send; trying again .*cannot get a token from/);
  assert.doesNotMatch(said, /s3cret/);
  server.instead = undefined;
  await rig.drain();
  assert.equal(endpointOf(rig).deliveredTotal, 20);
  rig.checkSum();
});

test("a token server that is down for a while costs nothing as long as the token lasts", async () => {
  const { rig, server } = rigOf();
  await rig.open();
  await rig.put("case_total", 1);
  await rig.drain();
  server.instead = () => makeAnswer(503, "s3rvice down");
  for (let minute = 0; minute < 59; minute++) {
    await rig.platform.time.advance(60_000);
    await rig.put("case_total", minute);
  }
  await rig.platform.time.advance(30_000);
  assert.equal(endpointOf(rig).deliveredTotal, 60);
  assert.match(
    rig.logger.lines.join("\n"),
    /warn cannot get a token; the one of before is used until it ends .*HTTP 503: s3rvice down/,
  );
});

test("what is no token is told, and not shown", async () => {
  const { rig, server } = rigOf();
  const answers: [string, RegExp][] = [
    ["<html>t0ken-x", /: HTTP 200, but the answer is no JSON$/],
    ['["t0ken-x"]', /: HTTP 200, but the answer is no object of JSON$/],
    ['{"refresh_token":"t0ken-x"}', /: HTTP 200, but .*access_token.* must be a string/],
    ['{"access_token":"t0ken-x","token_type":"mac"}', /unsupported `token_type` value/],
    ['{"access_token":"t0ken\\n-x"}', /the token that was got cannot be sent/],
  ];
  await rig.open();
  await rig.put("case_total", 1);
  for (const [text, expected] of answers) {
    server.instead = () => makeAnswer(200, text);
    await rig.platform.time.advance(120_000);
    const { lastError = "" } = endpointOf(rig);
    assert.match(lastError, expected);
    assert.doesNotMatch(lastError, /t0ken-x/);
  }
  assert.doesNotMatch(rig.logger.lines.join("\n"), /t0ken-x|"t0ken/);
  server.instead = () => makeAnswer(201, '{"access_token":"t0ken-1","expires_in":"60"}');
  server.issue();
  await rig.drain();
});

test("a client secret in a file is rotated under load: a new token for it, nothing lost, nothing refused", async () => {
  const { rig, server } = rigOf({
    clientSecret: undefined as unknown as string,
    clientSecretFile: "/secrets/client",
  });
  await rig.platform.files.makeDirectory("/secrets");
  let secret = "s3cret-old";
  await putFile(rig.platform.files, "/secrets/client", `${secret}\n`);
  server.instead = ({ basic }) =>
    basic === `walq:${secret}` ? undefined : makeAnswer(401, `no: ${basic}`);
  await rig.open();
  let put = 0;
  const load = async (): Promise<void> => {
    for (let each = 0; each < 30; each++) {
      await rig.put(`s${each % 7}`, put++);
      await rig.platform.time.advance(200);
    }
  };
  await load();
  secret = "s3cret-new";
  await putFile(rig.platform.files, "/secrets/client", `${secret}\n`);
  server.revoke();
  await load();
  await rig.drain();
  const { deliveredTotal, droppedTotal } = endpointOf(rig);
  assert.deepEqual([deliveredTotal, droppedTotal.rejected], [60, 0]);
  assert.equal(server.asked.at(-1)?.basic, "walq:s3cret-new");
  assert.doesNotMatch(rig.logger.lines.join("\n"), /s3cret-/);
  rig.checkSum();
});

test("a secret that is mended is used at once, however long the pause", async () => {
  const { rig, server } = rigOf({
    clientSecret: undefined as unknown as string,
    clientSecretFile: "/client",
  });
  await putFile(rig.platform.files, "/client", "s3cret-wrong");
  server.instead = ({ form, basic = form["client_secret"] }) =>
    basic?.endsWith("s3cret-right") ? undefined : makeAnswer(400, "no");
  await rig.open();
  await rig.put("case_total", 1);
  await rig.platform.time.advance(600_000);
  await putFile(rig.platform.files, "/client", "s3cret-right");
  await rig.drain(60_000);
  assert.equal(endpointOf(rig).deliveredTotal, 1);
});

test("a queue that is closed waits for no token", async () => {
  const { rig } = rigOf();
  const toEndpoints = rig.platform.http.script;
  rig.platform.http.script = (request, signal) =>
    request.url === OAUTH2.tokenUrl ? new Promise(() => {}) : toEndpoints(request, signal);
  await rig.open();
  await rig.put("case_total", 1);
  await rig.wait(rig.queue.close(), 0);
  await rig.platform.time.settle();
  assert.equal(rig.platform.http.inFlight, 0);
});

test("an update with the same credentials keeps the token", async () => {
  const { rig, server } = rigOf();
  await rig.open();
  await rig.put("case_total", 1);
  await rig.drain();
  const [endpoint] = rig.options.endpoints;
  const update = (more: Partial<EndpointOptions>): Promise<void> =>
    rig.wait(rig.queue.update({ ...rig.options, endpoints: [{ ...endpoint!, ...more }] }));
  await update({ parallelism: 2 });
  await rig.put("case_total", 2);
  await rig.drain();
  assert.equal(server.asked.length, 1);
  await update({ oauth2: { ...OAUTH2, scopes: ["new"] } });
  await rig.put("case_total", 3);
  await rig.drain();
  assert.equal(server.asked.length, 2);
});
