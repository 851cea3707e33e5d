import assert from "node:assert/strict";
import { test } from "node:test";
import { BUFFERED_BYTES_MAX, EventStream } from "../../../src/agent/page/event_stream.ts";

function rig(): { stream: EventStream; ends: () => number } {
  let ends = 0;
  const stream = new EventStream(() => ends++);
  return { stream, ends: () => ends };
}

test("events are written as browsers read them, and what was sent before the end is read", async () => {
  const { stream, ends } = rig();
  stream.send("a", '{"x":"\\n"}');
  stream.close();
  stream.close();
  stream.cut();
  stream.send("late", "1");
  assert.equal(await new Response(stream.body).text(), 'event: a\ndata: {"x":"\\n"}\n\n');
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

test("one that is cut gets nothing of what waits for it", async () => {
  const { stream, ends } = rig();
  stream.send("a", "1");
  stream.cut();
  stream.send("a", "2");
  assert.deepEqual([ends(), stream.isOver], [1, true]);
  await assert.rejects(new Response(stream.body).text());
});

test("a client that is gone is told of once", async () => {
  const { stream, ends } = rig();
  await stream.body.cancel();
  stream.send("a", "1");
  stream.close();
  assert.equal(ends(), 1);
});
