/** Servers that refuse who asks, of a connection that was lost: what is asked then is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Status } from "@nats-io/nats-core";
import { RefusalWatch } from "../../src/platform/nats/refusal_watch.ts";

/** A connection of which the test says what becomes of it. */
class Told {
  readonly watch: RefusalWatch;
  readonly #all: Status[] = [];
  #wake: () => void = () => {};

  constructor() {
    this.watch = new RefusalWatch({ status: () => this.#told() as never });
  }

  /** Resolves when it was heard. */
  async tell(...all: readonly Status[]): Promise<void> {
    this.#all.push(...all);
    this.#wake();
    await setImmediate();
  }

  async *#told(): AsyncIterable<Status> {
    for (;;) {
      yield* this.#all.splice(0);
      if (this.#all.length === 0) await new Promise<void>((wake) => this.#wake = wake);
    }
  }
}

const LOST: Status = { type: "disconnect", server: "a" };
const BACK: Status = { type: "reconnect", server: "a" };

function said(name: string, message: string): Status {
  return { type: "error", error: Object.assign(new Error(message), { name }) };
}

const REFUSED = said("AuthorizationError", "Authorization Violation of hunter2");

function never(): Promise<string> {
  return new Promise(() => {});
}

function now(): Promise<string> {
  return Promise.resolve("done");
}

test("what is on its way when the servers refuse is told so, and what comes then at once", async () => {
  const connection = new Told();
  const denied = {
    code: "denied",
    message: "cannot publish: the servers refuse who asks: authorization violation",
  };
  const asked = assert.rejects(connection.watch.during("cannot publish", never), denied);
  await connection.tell(LOST, REFUSED, REFUSED);
  await asked;
  let begun = 0;
  const count = (): Promise<number> => Promise.resolve(++begun);
  await assert.rejects(connection.watch.during("cannot publish", count), denied);
  assert.equal(begun, 0);
  await connection.tell(BACK);
  assert.equal(await connection.watch.during("cannot publish", count), 1);
});

test("one refusal is none yet: what files say by now is tried first", async () => {
  const connection = new Told();
  for (let time = 0; time < 3; time++) {
    await connection.tell(LOST, REFUSED, BACK);
    assert.equal(await connection.watch.during("cannot publish", now), "done");
  }
});

test("what has expired while connected, or may not be done, is not who asks", async () => {
  const connection = new Told();
  const expired = said("UserAuthenticationExpiredError", "User Authentication Expired");
  const noRight = said("PermissionViolationError", 'Permissions Violation for Publish to "a"');
  await connection.tell(expired, expired, LOST, noRight, noRight);
  assert.equal(await connection.watch.during("cannot publish", now), "done");
  await connection.tell(expired, expired);
  await assert.rejects(connection.watch.during("cannot publish", now), {
    code: "denied",
    message: "cannot publish: the servers refuse who asks: user authentication expired",
  });
});

test("what fails by itself says so", async () => {
  const connection = new Told();
  const fails = (): Promise<string> => Promise.reject(new Error("timeout"));
  await assert.rejects(connection.watch.during("cannot publish", fails), /^Error: timeout$/);
});
