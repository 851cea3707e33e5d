import assert from "node:assert/strict";
import { test } from "node:test";
import { type Connection, CONNECTION_BOUNDS, Connections } from "../../src/agent/connections.ts";
import { clientsMax } from "../../src/agent/hosts/descriptors.ts";
import {
  ListenerWatch,
  type ProbeResult,
  type WatchedListener,
} from "../../src/agent/listener_watch.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { deferred } from "./support.ts";

interface Opened {
  readonly clock: VirtualClock;
  readonly logger: MemoryLogger;
  readonly connections: Connections;
  readonly cut: string[];
  open(name: string): Connection | undefined;
}

function start(max = 4): Opened {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const connections = new Connections({ clock, logger, max });
  const cut: string[] = [];
  const open = (name: string): Connection | undefined => {
    const connection = connections.open(() => {
      cut.push(name);
      connections.closed(connection!);
    });
    return connection;
  };
  return { clock, logger, connections, cut, open };
}

const { headMs, idleMs, answerMs, restMs, turnedAwayMs } = CONNECTION_BOUNDS;

test("each phase of a connection has its bound, and the wait for an answer has none", async () => {
  const { clock, connections, cut, open } = start();
  const phases: [string, number, (connection: Connection) => void][] = [
    ["head", headMs, () => {}],
    ["idle", idleMs, (one) => {
      one.requested();
      one.answering();
      one.answered(true);
    }],
    ["answer", answerMs, (one) => {
      one.requested();
      one.answering();
    }],
    ["rest", restMs, (one) => {
      one.requested();
      one.answering();
      one.answered(false);
    }],
    ["rest that came", restMs + idleMs - 1_000, (one) => {
      one.requested();
      one.answered(false);
      clock.after(restMs - 1_000, () => one.bodyEnded());
    }],
  ];
  for (const [name, boundMs, enter] of phases) {
    enter(open(name)!);
    await clock.advance(boundMs - 1);
    assert.deepEqual(cut, [], name);
    await clock.advance(1_001);
    assert.deepEqual(cut.splice(0), [name]);
  }
  assert.equal(connections.slowTotal, 3, "what was idle was not slow");
  open("busy")!.requested();
  await clock.advance(24 * 3_600_000);
  assert.deepEqual(cut, []);
  connections.cutAll();
  assert.deepEqual(cut, ["busy"]);
  assert.equal(clock.timers, 0);
});

test("several requests at once wait for all of their answers", async () => {
  const { clock, cut, open } = start();
  const connection = open("pipelined")!;
  connection.requested();
  connection.requested();
  connection.answering();
  connection.answered(true);
  await clock.advance(24 * 3_600_000);
  assert.deepEqual(cut, []);
  connection.answering();
  connection.answered(true);
  await clock.advance(idleMs + 1_000);
  assert.deepEqual(cut, ["pipelined"]);
});

test("one client too many is told to come again, and far too many are cut", async () => {
  const { clock, logger, connections, cut, open } = start(4);
  const taken = Array.from({ length: 4 }, (_, index) => open(`client ${index}`)!);
  for (const one of taken) one.requested();
  const late = open("late")!;
  assert.equal(taken.every(({ isTurnedAway }) => !isTurnedAway), true);
  assert.equal(late.isTurnedAway, true);
  assert.equal(open("too late"), undefined);
  assert.equal(connections.refusedTotal, 2);
  assert.equal(logger.lines.length, 1);
  await clock.advance(turnedAwayMs + 1_000);
  assert.deepEqual(cut, ["late"]);
  connections.closed(taken[0]!);
  assert.equal(open("next")!.isTurnedAway, false);
  const answered = open("answered")!;
  answered.requested();
  answered.answered(true);
  await clock.advance(1_000);
  assert.deepEqual(cut, ["late", "answered"], "it does not keep its place for a second request");
});

test("those that are retired are cut as soon as they are answered and their bodies read", () => {
  const { connections, cut, open } = start();
  const [busy, resting] = [open("busy")!, open("resting")!];
  for (const one of [busy, resting]) one.requested();
  resting.answered(false);
  open("new");
  connections.retireAll();
  assert.deepEqual(cut, ["new"]);
  assert.deepEqual([busy.isLast, resting.isLast], [true, true]);
  busy.answered(true);
  assert.deepEqual(cut, ["new", "busy"]);
  resting.bodyEnded();
  assert.deepEqual(cut, ["new", "busy", "resting"]);
});

test("half of the file descriptors are for files and endpoints", () => {
  assert.equal(clientsMax(1_048_576), 1_024);
  assert.equal(clientsMax(Infinity), 1_024);
  assert.equal(clientsMax(1_024), 496);
  assert.equal(clientsMax(64), 16);
  assert.equal(clientsMax(20), 4);
  assert.ok(clientsMax() >= 4);
});

test("a port that takes no connections is opened anew, and only then", async () => {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  let state: ProbeResult = "open";
  let tries = 0;
  const reopened: number[] = [];
  const listener = {
    openedTotal: 0,
    probe: () => {
      tries++;
      return Promise.resolve(state);
    },
    reopen: () => {
      reopened.push(tries);
      return reopened.length === 1 ? Promise.reject(new Error("in use")) : Promise.resolve();
    },
    close: () => assert.fail("nobody has stopped"),
  };
  const watch = new ListenerWatch({ clock, logger, listener });
  await clock.advance(5_000);
  assert.equal(tries, 1);
  listener.openedTotal++;
  await clock.advance(5_000);
  assert.equal(tries, 1, "a client came: nobody needs to try");
  state = "starved";
  await clock.advance(15_000);
  assert.equal(tries, 4);
  assert.deepEqual(reopened, []);
  state = "shut";
  await clock.advance(10_000);
  assert.deepEqual(reopened, [5, 6]);
  assert.equal(watch.reopenedTotal, 2);
  assert.deepEqual(logger.lines.map((line) => line.split(" {")[0]), [
    "error no file descriptor is left: no client gets in",
    "info there are file descriptors again",
    "error the port takes no connections and cannot be opened anew",
    "warn the port took no connections; it was opened anew",
  ]);
  watch.stop();
  assert.equal(clock.timers, 0);
});

/** A port that takes nothing, and is opened anew as the test says. */
function deafListener(
  reopen: () => Promise<void>,
): { listener: WatchedListener; closed: () => number } {
  let closed = 0;
  const listener: WatchedListener = {
    openedTotal: 0,
    probe: () => Promise.resolve("shut"),
    reopen,
    close: () => void closed++,
  };
  return { listener, closed: () => closed };
}

test("a port that cannot be opened anew for hours does not fill the log", async () => {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const { listener } = deafListener(() => Promise.reject(new Error("in use")));
  const watch = new ListenerWatch({ clock, logger, listener });
  await clock.advance(3_600_000);
  assert.equal(watch.reopenedTotal, 720);
  assert.ok(logger.lines.length > 1 && logger.lines.length < 10, `${logger.lines.length} lines`);
  assert.match(logger.lines.at(-1)!, /cannot be opened anew {"error":"in use","more_like_it":\d+}/);
  watch.stop();
});

test("a stop while the port is opened anew leaves it closed, and says nothing", async () => {
  for (const outcome of ["opened", "failed"]) {
    const clock = new VirtualClock();
    const logger = new MemoryLogger();
    const opening = deferred<void>();
    const { listener, closed } = deafListener(() => opening.promise);
    const watch = new ListenerWatch({ clock, logger, listener });
    await clock.advance(5_000);
    assert.equal(watch.reopenedTotal, 1);
    watch.stop();
    if (outcome === "opened") opening.resolve();
    else opening.reject(new Error("in use"));
    await clock.settle();
    assert.equal(closed(), outcome === "opened" ? 1 : 0);
    assert.deepEqual(logger.lines, []);
    assert.equal(clock.timers, 0);
  }
});
