/** Who gets in by a password, how often, and what it costs those that do not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Handler } from "../../src/agent/host.ts";
import { bcryptCompare } from "../../src/agent/web/bcrypt.ts";
import type { WebConfig } from "../../src/agent/web/load_web_config.ts";
import { type Compare, PasswordCheck } from "../../src/agent/web/password_check.ts";
import { WebGate } from "../../src/agent/web/web_gate.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, deferred } from "./support.ts";

/** Of "open sesame", and of "pass-2". */
const SESAME = "$2b$04$1LMHrSG0OP7YKrHJUAGGNOXlvnoIndTiaRZWcPK8So.3N7sTQtAKS";
const PASS_2 = "$2b$04$qGG3BEAoWcJwcYjBdNIgq.Uk3gvDFyY8SwMgIqqqo8iR/bWhP4n1K";

const NOTHING: WebConfig = {
  tls: undefined,
  headers: {},
  users: new Map(),
  rateLimit: undefined,
  remarks: [],
};

class Rig {
  readonly clock = new VirtualClock();
  readonly logger = new MemoryLogger();
  readonly compared: string[] = [];
  /** Whom the application was told of. */
  readonly users: (string | undefined)[] = [];
  current: WebConfig;
  looks = 0;
  answer: Answer = new Response("in\n");
  readonly #gate: WebGate;

  constructor(config: Partial<WebConfig>, compare: Compare = bcryptCompare) {
    this.current = { ...NOTHING, ...config };
    const handler: Handler = (_, { user }) => {
      this.users.push(user);
      return this.answer;
    };
    const current = (): WebConfig => this.current;
    this.#gate = new WebGate({
      clock: this.clock,
      logger: this.logger,
      handler,
      file: {
        get current() {
          return current();
        },
        look: () => Promise.resolve(void this.looks++),
      },
      compare: (password, hash) => {
        this.compared.push(password);
        return compare(password, hash);
      },
    });
  }

  ask(login?: string, method = "GET"): Promise<Response> {
    const headers = login === undefined ? {} : { authorization: `Basic ${encoded(login)}` };
    return ask(this.#gate.handler, new Request("http://127.0.0.1/metrics", { method, headers }));
  }

  async status(login?: string): Promise<number> {
    const { status } = await this.ask(login);
    // The rest behind a comparison.
    await this.clock.advance(60_000);
    return status;
  }
}

function encoded(login: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(login)));
}

test("who has the password comes in; it is computed once, and kept nowhere", async () => {
  const rig = new Rig({ users: new Map([["alice", SESAME], ["bob", PASS_2]]) });
  const refused = await rig.ask();
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("www-authenticate"), "Basic");
  assert.equal(await rig.status("alice:open sesame"), 200);
  assert.equal(await rig.status("alice:open sesame"), 200);
  assert.equal(await rig.status("bob:pass-2"), 200);
  assert.deepEqual(rig.compared, ["open sesame", "pass-2"]);
  assert.equal(await rig.status("alice:pass-2"), 401);
  assert.equal(await rig.status("alice:"), 401);
  assert.equal(await rig.status("alice"), 401);
  assert.equal(rig.looks, 7);
  assert.match(rig.logger.lines[0]!, /^warn a login was refused {"from":"192\.0\.2\.1"}/);
  assert.doesNotMatch(rig.logger.lines.join(), /pass-2|alice/);
});

test("the application is told who asks, and of nobody where there are no users", async () => {
  const rig = new Rig({ users: new Map([["alice", SESAME], ["b: \u00f6b", PASS_2]]) });
  assert.equal(await rig.status("alice:open sesame"), 200);
  assert.equal(await rig.status("alice:open sesame"), 200);
  assert.equal(await rig.status("alice:wrong"), 401);
  rig.current = NOTHING;
  assert.equal(await rig.status("alice:wrong"), 200);
  assert.deepEqual(rig.users, ["alice", "alice", undefined]);
});

test("a user that there is not costs as much as one that there is", async () => {
  const costly = SESAME.replace("$04$", "$05$");
  const rig = new Rig({ users: new Map([["bob", PASS_2], ["alice", costly]]) });
  const hashes: string[] = [];
  const spied = new Rig(
    { users: rig.current.users },
    (_, hash) => Promise.resolve(hashes.push(hash) > 0),
  );
  assert.equal(await spied.status("eve:open sesame"), 401);
  assert.equal(await spied.status("eve:open sesame"), 401);
  assert.deepEqual(hashes, [costly], "what was wrong is remembered, too");
  assert.equal(await spied.status("toString:x"), 401);
});

test("a user that the file has no more is out at once, and a new password counts", async () => {
  const rig = new Rig({ users: new Map([["alice", SESAME], ["bob", PASS_2]]) });
  assert.equal(await rig.status("alice:open sesame"), 200);
  rig.current = { ...NOTHING, users: new Map([["alice", PASS_2]]) };
  assert.equal(await rig.status("alice:open sesame"), 401);
  assert.equal(await rig.status("alice:pass-2"), 200);
  rig.current = { ...NOTHING, users: new Map([["bob", SESAME]]) };
  assert.equal(await rig.status("alice:open sesame"), 401);
});

test("however many ask with wrong passwords, one is compared at a time, and those known come in", async () => {
  const turns: ((isRight: boolean) => void)[] = [];
  let atOnce = 0;
  let most = 0;
  const rig = new Rig({ users: new Map([["alice", SESAME]]) }, async () => {
    most = Math.max(most, ++atOnce);
    const turn = deferred<boolean>();
    turns.push(turn.resolve);
    const isRight = await turn.promise;
    atOnce--;
    return isRight;
  });
  const known = rig.ask("alice:open sesame");
  while (turns.length === 0) await rig.clock.settle();
  turns.shift()!(true);
  assert.equal((await known).status, 200);
  const first = rig.ask("alice:wrong");
  // The rest behind the one before.
  while (turns.length === 0) await rig.clock.advance(1_000);
  const answers = Array.from({ length: 40 }, (_, index) => rig.ask(`alice:wrong-${index}`));
  const statuses: number[] = [];
  for (const answer of answers) void answer.then(({ status }) => statuses.push(status));
  while (statuses.length < 24) await rig.clock.settle();
  assert.deepEqual(new Set(statuses), new Set([503]));
  assert.equal((await rig.ask("alice:open sesame")).status, 200);
  while (statuses.length < 40) {
    turns.shift()?.(false);
    await rig.clock.advance(5_000);
  }
  assert.equal(most, 1);
  assert.equal(statuses.filter((status) => status === 401).length, 16);
  assert.equal((await first).status, 401);
});

test("behind each comparison three times as long is left to all else", async () => {
  const clock = new VirtualClock();
  const began: number[] = [];
  const check = new PasswordCheck({
    clock,
    compare: () => {
      began.push(clock.monotonicMs());
      return new Promise((resolve) => void clock.after(100, () => resolve(false)));
    },
  });
  const startMs = clock.monotonicMs();
  const checks = Array.from({ length: 3 }, () => check.isRight("a", SESAME));
  for (let step = 0; step < 100; step++) await clock.advance(10);
  assert.deepEqual(await Promise.all(checks), [false, false, false]);
  assert.deepEqual(began.map((ms) => ms - startMs), [0, 400, 800]);
});

test("a comparison that fails holds up none behind it", async () => {
  const clock = new VirtualClock();
  const results = [() => Promise.reject(new Error("no")), () => Promise.resolve(true)];
  const check = new PasswordCheck({ clock, compare: () => results.shift()!() });
  await assert.rejects(check.isRight("a", SESAME), /no/);
  assert.equal(await check.isRight("a", SESAME), true);
});

test("passwords beyond ASCII and with colons are what they are", async () => {
  const rig = new Rig(
    { users: new Map([["zoë", SESAME]]) },
    (password) => Promise.resolve(password === "pä:ß wörd"),
  );
  assert.equal(await rig.status("zoë:pä:ß wörd"), 200);
});

test("every answer has the headers, refusals too", async () => {
  const headers = { "X-Frame-Options": "deny" };
  const rig = new Rig({ headers, users: new Map([["alice", SESAME]]) });
  assert.equal((await rig.ask()).headers.get("x-frame-options"), "deny");
  const taken = await rig.ask("alice:open sesame");
  assert.deepEqual([taken.status, taken.headers.get("x-frame-options")], [200, "deny"]);
});

test("more requests than the limit are told when to come again, and no sender drops data for it", async () => {
  const rig = new Rig({ rateLimit: { intervalMs: 2_000, burst: 2 } });
  const get = (): Promise<Response> => rig.ask();
  assert.deepEqual([(await get()).status, (await get()).status], [200, 200]);
  const over = await get();
  assert.deepEqual([over.status, over.headers.get("retry-after")], [429, "2"]);
  assert.equal((await rig.ask(undefined, "POST")).status, 503);
  await rig.clock.advance(2_000);
  assert.deepEqual([(await get()).status, (await get()).status], [200, 429]);
  await rig.clock.advance(60_000);
  assert.deepEqual([(await get()).status, (await get()).status, (await get()).status], [
    200,
    200,
    429,
  ]);
  rig.current = NOTHING;
  assert.equal((await get()).status, 200);
});

test("a user that is renamed comes in by a login that was wrong before, and out by one that was right", async () => {
  const rig = new Rig({ users: new Map([["alice", SESAME]]) });
  assert.equal(await rig.status("bob:open sesame"), 401);
  assert.equal(await rig.status("alice:open sesame"), 200);
  rig.current = { ...NOTHING, users: new Map([["bob", SESAME]]) };
  assert.equal(await rig.status("bob:open sesame"), 200);
  assert.equal(await rig.status("alice:open sesame"), 401);
  rig.current = { ...NOTHING, users: new Map([["alice", SESAME]]) };
  assert.equal(await rig.status("alice:open sesame"), 200);
  assert.equal(await rig.status("bob:open sesame"), 401);
});

test("headers are in every answer, also in a brief one", async () => {
  const rig = new Rig({ headers: { "X-Frame-Options": "deny", "Retry-After": "7" } });
  rig.answer = { status: 503, headers: { "retry-after": "5", "x-a": "b" }, text: "later\n" };
  const response = await rig.ask();
  assert.deepEqual([response.status, await response.text()], [503, "later\n"]);
  const { headers } = response;
  assert.deepEqual(["x-frame-options", "retry-after", "x-a"].map((name) => headers.get(name)), [
    "deny",
    "7",
    "b",
  ]);
});
