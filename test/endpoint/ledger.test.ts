import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../../src/endpoint/ledger.ts";

test("a batch is through when its last signal has an outcome, in any order", () => {
  const ledger = new Ledger();
  ledger.open(1, 10);
  ledger.open(2, 5);
  assert.equal(ledger.settle(2, 4), false);
  assert.equal(ledger.settle(1, 10), true);
  assert.equal(ledger.settledSignals, 4);
  assert.equal(ledger.settle(2, 1), true);
  assert.equal(ledger.settledSignals, 0);
  assert.equal(ledger.batches, 0);
});

test("what is forgotten tells how much of it was settled", () => {
  const ledger = new Ledger();
  ledger.open(1, 10);
  ledger.settle(1, 4);
  assert.equal(ledger.clear(), 4);
  assert.equal(ledger.settledSignals, 0);
  ledger.open(1, 10);
});

test("an empty batch is through at once", () => {
  const ledger = new Ledger();
  ledger.open(1, 0);
  assert.equal(ledger.settle(1, 0), true);
});

test("more outcomes than signals, or for a batch that is not open, is a bug", () => {
  const ledger = new Ledger();
  ledger.open(1, 2);
  assert.throws(() => ledger.settle(1, 3), /BUG/);
  assert.throws(() => ledger.settle(9, 1), /BUG/);
  assert.throws(() => ledger.open(1, 2), /BUG/);
});
