import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BUFFERED_BYTES_MAX,
  EventStream,
  STALLED_MS_MAX,
} from "../../../src/agent/page/event_stream.ts";
import { VirtualClock } from "../../../src/testing/virtual_clock.ts";

function rig(): { clock: VirtualClock; stream: EventStream; ends: () => number } {
  const clock = new VirtualClock();
  let ends = 0;
  const stream = new EventStream(clock, () => ends++);
  return { clock, stream, ends: () => ends };
}

test("events are written as browsers read them, and what was sent before the end is read", async () => {
  const { stream, ends } = rig();
  stream.send("a", '{"x":"\\n"}');
  stream.beat();
  stream.close();
  stream.close();
  stream.send("late", "1");
  assert.equal(await new Response(stream.body).text(), 'event: a\ndata: {"x":"\\n"}\n\n:\n\n');
  assert.deepEqual([ends(), stream.isOver], [1, true]);
});

test("a client that does not read is cut before it costs more than it may", async () => {
  const { stream, ends } = rig();
  const event = JSON.stringify("x".repeat(100_000));
  let sent = 0;
  while (!stream.isOver) {
    stream.send("a", event);
    sent += event.length;
    assert.ok(sent < 2 * BUFFERED_BYTES_MAX);
  }
  assert.equal(ends(), 1);
  await assert.rejects(new Response(stream.body).text());
});

test("one that reads nothing for a while is cut, however little there is", async () => {
  const { clock, stream } = rig();
  stream.send("a", "1");
  stream.send("a", "2");
  await clock.advance(STALLED_MS_MAX - 1);
  stream.beat();
  assert.equal(stream.isOver, false);
  await clock.advance(1);
  stream.beat();
  assert.equal(stream.isOver, true);
});

test("one that reads now and then is not", async () => {
  const { clock, stream } = rig();
  const reader = stream.body.getReader();
  for (let round = 0; round < 5; round++) {
    stream.send("a", "1");
    await reader.read();
    await clock.advance(STALLED_MS_MAX);
  }
  assert.equal(stream.isOver, false);
});

test("a client that is gone is told of once", async () => {
  const { stream, ends } = rig();
  await stream.body.cancel();
  stream.send("a", "1");
  stream.close();
  assert.equal(ends(), 1);
});
