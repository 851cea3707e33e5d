import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointAccount } from "./endpoint_account.ts";
import { Model, type Row } from "./model.ts";

test("what an endpoint sent before the change that names its orphan began is before it, though the next change was called", () => {
  const { model, orphaned, one, two } = renamed();
  two.heir(new Set([one]));
  const named = two.drained;
  const own = accepted(model);
  // The next one names no orphan.
  two.heir(new Set());
  two.take([own], false);
  two.heirsFrom(new Set(), named);
  two.take([orphaned], false);
  assert.deepEqual(model.violations, []);
});

test("what an endpoint sends once the change is through goes behind its orphan", () => {
  const { model, orphaned, one, two } = renamed();
  two.heir(new Set([one]));
  const named = two.drained;
  two.heir(new Set());
  two.heirsFrom(new Set(), named);
  two.take([accepted(model)], false);
  two.take([orphaned], false);
  assert.deepEqual(model.violations, [
    "two: got s0=0 (commit 0, acked) for the first time after 1",
  ]);
});

/** `one` has become `two`, and has left a row. */
function renamed(): { model: Model; orphaned: Row; one: EndpointAccount; two: EndpointAccount } {
  const model = new Model(1, ["one", "two"]);
  const [one, two] = ["one", "two"].map((name) => model.account(name));
  one!.open();
  const orphaned = accepted(model);
  one!.remove();
  two!.open();
  return { model, orphaned, one: one!, two: two! };
}

function accepted(model: Model): Row {
  const commit = model.begin([0], 0);
  model.ack(commit, 0);
  return commit.rows[0]!;
}
