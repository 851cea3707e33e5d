import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countPasses, countTests, withoutPasses } from "../../scripts/test_counts.ts";

describe("countTests", () => {
  it("reads Node's summary", () => {
    const output = "✖ a\nℹ tests 7\nℹ suites 1\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\n" +
      "ℹ skipped 1\nℹ todo 1\nℹ duration_ms 5.1\n\n✖ failing tests:\n";
    assert.deepEqual(countTests(output), { passed: 3, failed: 2, skipped: 2 });
  });

  it("counts a suite of Node that is skipped as a whole", () => {
    const output = "﹣ a host (1ms) # too long\nℹ tests 0\nℹ suites 1\nℹ pass 0\nℹ fail 0\n" +
      "ℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 5.1\n";
    assert.deepEqual(countTests(output), { passed: 0, failed: 0, skipped: 1 });
  });

  it("reads Deno's, and takes suites out", () => {
    const output = "running 2 tests from ./a.test.ts\nsuite ...\n  one ... ok (0ms)\n" +
      "  chatty ...\n------- output -------\nhi\n----- output end -----\n  chatty ... ok (1ms)\n" +
      "  two ... ignored (0ms)\nsuite ... ok (4ms)\nalone ... ok (0ms)\n\n" +
      "ok | 2 passed (2 steps) | 0 failed (1 step ignored) (18ms)\n";
    assert.equal(countTests(output).passed, 3);
    const failed =
      "suite ...\n  one ... FAILED (0ms)\nsuite ... FAILED (due to 1 failed step) (4ms)\n\n" +
      "FAILED | 0 passed | 1 failed (1 step) (18ms)\n";
    assert.ok(countTests(failed).failed > 0);
  });

  it("reads Bun's, with the errors outside of tests", () => {
    const output = "x:\n(pass) a\n\n 90 pass\n 2 skip\n 4 fail\n 8 errors\n" +
      "Ran 94 tests across 5 files. [523.00ms]\n";
    assert.deepEqual(countTests(output), { passed: 90, failed: 12, skipped: 2 });
  });

  it("counts the passes of a run that goes on", () => {
    const soFar =
      "▶ suite\n  ✔ a (1ms)\n  ✖ b\n(pass) c [2ms]\n(fail) d\ne ... ok (0ms)\nf ... FAILED\n";
    assert.equal(countPasses(soFar), 3);
  });

  it("keeps what failed, and the file that was under way at the end", () => {
    const output = "→ build/a.test.js\n✔ a (1ms)\n→ build/b.test.js\n✔ b (1ms)\n✖ c\n" +
      "→ build/d.test.js\n✔ d (1ms)\n→ build/e.test.js\n✔ e (1ms)\nFatal error";
    assert.equal(
      withoutPasses(output),
      "→ build/b.test.js\n✖ c\n→ build/e.test.js\nFatal error",
    );
  });

  it("finds none in anything else", () => {
    assert.deepEqual(countTests("Segmentation fault\n"), { passed: 0, failed: 0, skipped: 0 });
  });
});
