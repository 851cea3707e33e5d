import assert from "node:assert/strict";
import { test } from "node:test";
import { compress, uncompress } from "../support/hysnappy.ts";
import { Dice } from "./dice.ts";
import { pack, unpack } from "./snappy.ts";

test("the simulator's snappy agrees with hysnappy", () => {
  const dice = new Dice(7);
  for (let length = 1; length < 5000; length += dice.between(1, 400)) {
    const bytes = Uint8Array.from({ length }, () => dice.between(0, dice.pick([1, 3, 255])));
    assert.deepEqual(unpack(compress(bytes)), bytes);
    assert.deepEqual(uncompress(pack(bytes)), bytes);
  }
});
