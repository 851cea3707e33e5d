/** Reads of all sockets through one buffer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SocketReads } from "../../src/platform/socket_reads.ts";

function read(reads: SocketReads, text: string): void {
  const bytes = new TextEncoder().encode(text);
  reads.buffer.set(bytes);
  assert.equal(reads.callback(bytes.length, reads.buffer), true, "it reads on");
}

test("what comes before anybody listens is kept as it was, and told first", () => {
  const [one, other] = [new SocketReads(), new SocketReads()];
  assert.equal(one.buffer, other.buffer, "they share a buffer");
  read(one, "early ");
  read(other, "another's");
  read(one, "bird");
  const told: string[] = [];
  const listen = (reads: SocketReads): void =>
    reads.listen((bytes) => told.push(new TextDecoder().decode(bytes)));
  listen(one);
  read(one, "late");
  listen(other);
  assert.deepEqual(told, ["early ", "bird", "late", "another's"]);
});
