import assert from "node:assert/strict";
import { test } from "node:test";
import { needsOwnProcess } from "../../scripts/own_process.ts";

/** A tree of files, of which `test/a/one.test.ts` is the test. */
function needsOne(files: Readonly<Record<string, string>>): boolean {
  return needsOwnProcess("test/a/one.test.ts", (path) => {
    const source = files[path];
    assert.ok(source !== undefined, `${path} is read`);
    return source;
  });
}

test("what others in the process would see needs a process of its own", () => {
  for (
    const line of [
      "before(async () => {",
      "afterEach(() => {",
      "  const before = process.memoryUsage().rss;",
      "    process.chdir(root);",
      '  process.kill(process.pid, "SIGHUP");',
      '  process.env["NO_PROXY"] = "a";',
      '  Object.defineProperty(globalThis, "Deno", { value: fake });',
      '  Object.defineProperty(WebAssembly, "Instance", { value: Watched });',
      "  WebAssembly.compile = (...args) => {",
      '  context.mock.method(Map.prototype, "get");',
    ]
  ) {
    assert.ok(
      needsOne({ "test/a/one.test.ts": `import x from "../../src/x.ts";\n${line}\n` }),
      line,
    );
  }
});

test("what is a suite's or is only read does not", () => {
  const source = 'describe("a", () => {\n  before(() => {});\n});\n' +
    'const cases = process.env["CASES"] === "1" ? 1 : 2;\nconst after = 1;\n';
  assert.equal(needsOne({ "test/a/one.test.ts": source }), false);
});

test("it is looked for in what the file has from other files of the tests, and in no others", () => {
  const files = {
    "test/a/one.test.ts": 'import { b } from "../b/two.ts";\nimport { c } from "../../src/c.ts";\n',
    "test/b/two.ts": 'import "./three.ts";\nimport "node:fs";\nexport const b = 1;\n',
    "test/b/three.ts": "",
  };
  assert.equal(needsOne(files), false);
  assert.ok(needsOne({ ...files, "test/b/three.ts": "process.chdir(root);\n" }));
});
