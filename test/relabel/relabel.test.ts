import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { RELABELED_LENGTH_MAX, Relabeler } from "../../src/relabel/relabel.ts";
import type { RelabelRule } from "../../src/relabel/rule.ts";
import { type Labels, relabel, rule } from "./support.ts";

interface Case {
  readonly what: string;
  readonly rules: readonly Partial<RelabelRule>[];
  readonly labels: Labels;
  readonly wanted: Labels | "dropped";
}

const CASES: readonly Case[] = [
  {
    what: "no rule changes nothing",
    rules: [],
    labels: { a: "1" },
    wanted: { a: "1" },
  },
  {
    what: "replace writes all of a value by default",
    rules: [{ sourceLabels: ["a"], targetLabel: "b" }],
    labels: { a: "x\ny" },
    wanted: { a: "x\ny", b: "x\ny" },
  },
  {
    what: "values are joined by the separator, those that are not there too",
    rules: [{ sourceLabels: ["a", "none", "b"], targetLabel: "c" }],
    labels: { a: "x", b: "y" },
    wanted: { a: "x", b: "y", c: "x;;y" },
  },
  {
    what: "an empty separator is one",
    rules: [{ sourceLabels: ["a", "b"], separator: "", targetLabel: "c" }],
    labels: { a: "x", b: "y" },
    wanted: { a: "x", b: "y", c: "xy" },
  },
  {
    what: "replace without source labels looks at nothing, which matches",
    rules: [{ targetLabel: "__replica__", replacement: "r-1" }],
    labels: { a: "x" },
    wanted: { a: "x", __replica__: "r-1" },
  },
  {
    what: "an empty replacement deletes the label",
    rules: [{ sourceLabels: ["a"], targetLabel: "b", replacement: "" }],
    labels: { a: "x", b: "y" },
    wanted: { a: "x" },
  },
  {
    what: "a group that is not there is empty, and the label is deleted",
    rules: [{ sourceLabels: ["a"], targetLabel: "b", replacement: "$2" }],
    labels: { a: "x", b: "y" },
    wanted: { a: "x" },
  },
  {
    what: "replace does nothing where the expression does not match all of the value",
    rules: [{ sourceLabels: ["a"], regex: "x", targetLabel: "b", replacement: "z" }],
    labels: { a: "xx", b: "y" },
    wanted: { a: "xx", b: "y" },
  },
  {
    what: "the target has variables",
    rules: [{
      sourceLabels: ["a"],
      regex: "(\\w+)-(\\w+)",
      targetLabel: "${1}_x",
      replacement: "$2",
    }],
    labels: { a: "n-v" },
    wanted: { a: "n-v", n_x: "v" },
  },
  {
    what: "a target that comes out empty is no label",
    rules: [{ sourceLabels: ["a"], regex: "x(y)?", targetLabel: "${1}", replacement: "z" }],
    labels: { a: "x" },
    wanted: { a: "x" },
  },
  {
    what: "the dot matches a newline, and alternatives are anchored together",
    rules: [{ sourceLabels: ["a"], regex: "a.b|c", targetLabel: "b", replacement: "hit" }],
    labels: { a: "a\nb" },
    wanted: { a: "a\nb", b: "hit" },
  },
  {
    what: "an expression that closes the group around it is taken as Go takes it",
    rules: [{ sourceLabels: ["a"], regex: "a)|(b", action: "keep" }],
    labels: { a: "xxb" },
    wanted: { a: "xxb" },
  },
  {
    what: "keep keeps what matches",
    rules: [{ sourceLabels: ["a"], regex: "x|y", action: "keep" }],
    labels: { a: "y" },
    wanted: { a: "y" },
  },
  {
    what: "keep drops what does not match",
    rules: [{ sourceLabels: ["a"], regex: "x|y", action: "keep" }],
    labels: { a: "xy" },
    wanted: "dropped",
  },
  {
    what: "drop drops what matches, and no rule comes after it",
    rules: [{ sourceLabels: ["a"], regex: "x.*", action: "drop" }, { targetLabel: "b" }],
    labels: { a: "xy" },
    wanted: "dropped",
  },
  {
    what: "keepequal keeps what is equal",
    rules: [{ sourceLabels: ["a", "b"], targetLabel: "c", action: "keepequal" }],
    labels: { a: "x", b: "y", c: "x;y" },
    wanted: { a: "x", b: "y", c: "x;y" },
  },
  {
    what: "keepequal drops what is not equal",
    rules: [{ sourceLabels: ["a"], targetLabel: "c", action: "keepequal" }],
    labels: { a: "x" },
    wanted: "dropped",
  },
  {
    what: "dropequal takes two labels that are not there for equal",
    rules: [{ sourceLabels: ["b"], targetLabel: "c", action: "dropequal" }],
    labels: { a: "x" },
    wanted: "dropped",
  },
  {
    what: "dropequal keeps what is not equal",
    rules: [{ sourceLabels: ["a"], targetLabel: "c", action: "dropequal" }],
    labels: { a: "x" },
    wanted: { a: "x" },
  },
  {
    what: "labelmap copies labels to other names",
    rules: [{ regex: "meta_(.+)", action: "labelmap" }],
    labels: { meta_a: "1", meta_b: "2", c: "3" },
    wanted: { meta_a: "1", meta_b: "2", a: "1", b: "2", c: "3" },
  },
  {
    what: "of two labels that get the same name the later one counts",
    rules: [{ regex: "m._(.+)", action: "labelmap" }],
    labels: { m1_a: "1", m2_a: "2", a: "0" },
    wanted: { m1_a: "1", m2_a: "2", a: "2" },
  },
  {
    what: "what a rule has set comes behind what was there",
    rules: [{ targetLabel: "m1_a", replacement: "new" }, { regex: "m._(.+)", action: "labelmap" }],
    labels: { m1_a: "1", m2_a: "2" },
    wanted: { m1_a: "new", m2_a: "2", a: "new" },
  },
  {
    what: "labelmap does not look at what it has made itself",
    rules: [{ regex: "(.*)", replacement: "x_$1", action: "labelmap" }],
    labels: { a: "1" },
    wanted: { a: "1", x_a: "1" },
  },
  {
    what: "labeldrop deletes by name, also labels that begin with __",
    rules: [{ regex: "__.*|b", action: "labeldrop" }],
    labels: { __name__: "up", __tenant__: "t", a: "1", b: "2" },
    wanted: { a: "1" },
  },
  {
    what: "labelkeep deletes all others",
    rules: [{ regex: "__name__|a", action: "labelkeep" }],
    labels: { __name__: "up", a: "1", b: "2" },
    wanted: { __name__: "up", a: "1" },
  },
  {
    what: "a set without labels is none",
    rules: [{ regex: ".*", action: "labeldrop" }],
    labels: { a: "1" },
    wanted: "dropped",
  },
  {
    what: "labels of rules among themselves stay if no rule drops them",
    rules: [{ sourceLabels: ["a"], targetLabel: "__tmp_a" }],
    labels: { a: "1" },
    wanted: { a: "1", __tmp_a: "1" },
  },
  {
    what: "lowercase and uppercase go character by character",
    rules: [
      { sourceLabels: ["a"], targetLabel: "l", action: "lowercase" },
      { sourceLabels: ["a"], targetLabel: "u", action: "uppercase" },
    ],
    labels: { a: "aBÇΑΣ ßİᾳ" },
    wanted: { a: "aBÇΑΣ ßİᾳ", l: "abçας ßiᾳ".replace("ς", "σ"), u: "ABÇΑΣ ßİᾼ" },
  },
  {
    what: "uppercase of nothing deletes the target",
    rules: [{ sourceLabels: ["none"], targetLabel: "a", action: "uppercase" }],
    labels: { a: "1", b: "2" },
    wanted: { b: "2" },
  },
  {
    // The value of Prometheus's own test of hashmod.
    what: "hashmod is the tail of the MD5",
    rules: [{ sourceLabels: ["c"], targetLabel: "d", modulus: 1000, action: "hashmod" }],
    labels: { a: "foo", b: "bar", c: "baz" },
    wanted: { a: "foo", b: "bar", c: "baz", d: "976" },
  },
  {
    what: "a name can be any UTF-8",
    rules: [{ sourceLabels: ["k8s.pod"], targetLabel: "größe.x", replacement: "$1" }],
    labels: { "k8s.pod": "p" },
    wanted: { "k8s.pod": "p", "größe.x": "p" },
  },
];

for (const { what, rules, labels, wanted } of CASES) {
  test(what, () => assert.deepEqual(relabel(labels, rules), wanted));
}

test("with legacy names a target that comes out with other characters is no label", () => {
  const rules = [{ sourceLabels: ["a"], targetLabel: "${1}", replacement: "z" }];
  assert.deepEqual(relabel({ a: "x.y" }, rules, { names: "legacy" }), { a: "x.y" });
  assert.deepEqual(relabel({ a: "x.y" }, rules), { a: "x.y", "x.y": "z" });
});

test("labels that are added are there before the first rule, and not where there is one", () => {
  const rules = [{ sourceLabels: ["cluster"], regex: "eu", action: "keep" as const }];
  assert.deepEqual(relabel({ a: "1" }, rules, { added: { cluster: "eu" } }), {
    a: "1",
    cluster: "eu",
  });
  assert.equal(relabel({ cluster: "us" }, rules, { added: { cluster: "eu" } }), "dropped");
});

test("what was deleted is not added again", () => {
  const rules = [{ regex: "cluster", action: "labeldrop" as const }];
  assert.deepEqual(relabel({ a: "1" }, rules, { added: { cluster: "eu" } }), { a: "1" });
});

test("labels that no rule has changed are the same object", () => {
  const labels = [["a", "1"]] as const;
  const rules = [rule({ sourceLabels: ["a"], regex: "2", targetLabel: "b" })];
  assert.equal(new Relabeler(rules, "utf8").apply(labels), labels);
});

test("hashmod is that of node:crypto for texts of any length", () => {
  for (let length = 0; length < 200; length++) {
    const text = "é".repeat(length >> 1) + "x".repeat(length & 1) + "y";
    const digest = createHash("md5").update(text).digest();
    const modulus = Number.MAX_SAFE_INTEGER - length;
    const wanted = digest.readBigUInt64BE(8) % BigInt(modulus);
    const rules = [{ sourceLabels: ["a"], targetLabel: "h", modulus, action: "hashmod" as const }];
    assert.deepEqual(relabel({ a: text }, rules), { a: text, h: String(wanted) });
  }
});

test("hashmod divides by any modulus of 64 bits", () => {
  for (const modulus of ["9007199254740993", "18446744073709551615", "9223372036854775808"]) {
    for (let i = 0; i < 50; i++) {
      const tail = createHash("md5").update(`v${i}`).digest().readBigUInt64BE(8);
      const rules = [{
        action: "hashmod" as const,
        sourceLabels: ["a"],
        modulus,
        targetLabel: "b",
      }];
      assert.deepEqual(relabel({ a: `v${i}` }, rules), {
        a: `v${i}`,
        b: String(tail % BigInt(modulus)),
      });
    }
  }
});

test("a set that rules make too long is too large, and the next one is not", () => {
  const doubling = Array.from(
    { length: 64 },
    () => rule({ sourceLabels: ["a"], targetLabel: "a", replacement: "$1$1" }),
  );
  const relabeler = new Relabeler(doubling, "utf8");
  assert.equal(relabeler.apply([["a", "x"]]), "too_large");
  assert.deepEqual(relabeler.apply([["b", "x"]]), [["b", "x"]]);
});

test("so is one with too many labels", () => {
  const doubling = Array.from(
    { length: 64 },
    (_, i) => ({ regex: "(.*)", replacement: `${i}_$1`, action: "labelmap" as const }),
  );
  assert.equal(relabel({ a: "x" }, doubling), "too_large");
});

test("a label that is set again and again is counted once", () => {
  const value = "v".repeat(RELABELED_LENGTH_MAX / 2);
  const rules = Array.from({ length: 10 }, () => ({ sourceLabels: ["a"], targetLabel: "a" }));
  assert.deepEqual(relabel({ a: value }, rules), { a: value });
});

test("an expression that would take others years is as fast as any", () => {
  const rules = [{ sourceLabels: ["a"], regex: "(a+)+", action: "drop" as const }];
  assert.deepEqual(relabel({ a: `${"a".repeat(50_000)}!` }, rules), {
    a: `${"a".repeat(50_000)}!`,
  });
});
