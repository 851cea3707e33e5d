/** `write_relabel_configs` in the file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, problemsOf } from "./parse_config.ts";

/** One rule behind line 3, whose keys begin in line 4. */
function withRule(lines: readonly string[], top = ""): string {
  const head = `${top}remote_write:\n  - url: http://host/\n    write_relabel_configs:\n`;
  return `${head}      - ${lines.join("\n        ")}\n`;
}

test("a rule has Prometheus's defaults", async () => {
  const { resolved } = await parse(withRule(["target_label: a"]));
  assert.deepEqual(resolved.endpoints[0]!.writeRelabelConfigs, [{
    sourceLabels: undefined,
    separator: ";",
    regex: undefined,
    modulus: 0,
    targetLabel: "a",
    replacement: "$1",
    action: "replace",
  }]);
});

test("all keys of a rule, as they are written, and without a line in the log", async () => {
  const { resolved, remarks } = await parse(withRule([
    "source_labels: [__name__, k8s.pod, 1]",
    "separator: 1.0",
    "regex: ${x}(?P<n>.*)$$",
    "target_label: ${1}_x",
    "replacement: ${n}$HOME",
    "action: Replace",
    "modulus: 7",
  ]));
  assert.deepEqual(resolved.endpoints[0]!.writeRelabelConfigs, [{
    sourceLabels: ["__name__", "k8s.pod", "1"],
    separator: "1.0",
    regex: "${x}(?P<n>.*)$$",
    modulus: 7,
    targetLabel: "${1}_x",
    replacement: "${n}$HOME",
    action: "replace",
  }]);
  assert.deepEqual(remarks, []);
});

test("what is given and empty is not the default, be it written as a text or as nothing", async () => {
  for (const empty of ['""', "", "~"]) {
    const { resolved } = await parse(withRule([
      "target_label: a",
      `separator: ${empty}`,
      `replacement: ${empty}`,
      `regex: ${empty}`,
    ]));
    const { separator, replacement, regex } = resolved.endpoints[0]!.writeRelabelConfigs[0]!;
    assert.deepEqual([separator, replacement, regex], ["", "", ""]);
  }
});

const RULE = "remote_write[0].write_relabel_configs[0]";
const ALONE = "takes source_labels and target_label alone";

const BROKEN: readonly (readonly [lines: readonly string[], problems: readonly string[]])[] = [
  [["action: replace"], [
    `4: ${RULE}.target_label: missing, expected a label name for the action replace`,
  ]],
  [["action: dorp", "target_label: a"], [
    `4: ${RULE}.action: got "dorp", expected one of replace, lowercase, uppercase, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep`,
  ]],
  [["action: hashmod", "target_label: a"], [
    `4: ${RULE}.modulus: missing or 0, expected a whole number from 1 for the action hashmod`,
  ]],
  [["action: keep", "regex: (a"], [
    `5: ${RULE}.regex: got "(a", expected a regular expression in Go's syntax (RE2): missing closing ): \`^(?s:(a)$\``,
  ]],
  [["action: keep", "regex: a(?=b)"], [
    `5: ${RULE}.regex: got "a(?=b)", expected a regular expression in Go's syntax (RE2): invalid or unsupported Perl syntax: \`(?=\``,
  ]],
  [["action: lowercase", "target_label: a", "replacement: b"], [
    `6: ${RULE}.replacement: given, but the action lowercase takes none`,
  ]],
  [["action: keepequal", "target_label: a", "regex: (.*)", "modulus: 1", "separator: x"], [
    `6: ${RULE}.regex: given, but the action keepequal ${ALONE}`,
    `7: ${RULE}.modulus: given, but the action keepequal ${ALONE}`,
    `8: ${RULE}.separator: given, but the action keepequal ${ALONE}`,
  ]],
  [["action: labeldrop", "source_labels: [a]", "target_label: a"], [
    `5: ${RULE}.source_labels: given, but the action labeldrop takes regex alone`,
    `6: ${RULE}.target_label: given, but the action labeldrop takes regex alone`,
  ]],
  [["action: labelmap", 'replacement: ""'], [
    `5: ${RULE}.replacement: got "", expected a label name that is valid Unicode and not empty`,
  ]],
  [["target_label: a", "modulus: -1"], [
    `5: ${RULE}.modulus: got -1, expected a whole number from 0 to 18446744073709551615`,
  ]],
  [["target_label: a", 'source_labels: [a, ""]'], [
    `5: ${RULE}.source_labels[1]: got "", expected a label name that is valid Unicode and not empty`,
  ]],
];

for (const [lines, problems] of BROKEN) {
  test(`a rule is refused by line and key: ${lines.join(", ")}`, async () => {
    assert.deepEqual(await problemsOf(withRule(lines)), problems.map((one) => `walq.yaml:${one}`));
  });
}

test("a modulus has 64 bits, and is read as Prometheus reads it", async () => {
  const cases: readonly (readonly [written: string, modulus: number | string])[] = [
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", "9007199254740993"],
    ["18446744073709551615", "18446744073709551615"],
    ["0xffff_ffff_ffff_fffe", "18446744073709551614"],
    ["1_000", 1000],
    ["010", 8],
    ["0b101", 5],
    ["+7", 7],
    ["08", 8],
    ["7.9", 7],
    ["1e3", 1000],
    ["1e19", "10000000000000000000"],
  ];
  for (const [written, modulus] of cases) {
    const rule = ["action: hashmod", "target_label: a", `modulus: ${written}`];
    const { resolved } = await parse(withRule(rule));
    const [config] = resolved.endpoints[0]!.writeRelabelConfigs;
    assert.equal(config!.modulus, modulus, written);
    // Options are compared by their JSON.
    assert.match(JSON.stringify(config), new RegExp(`"modulus":"?${modulus}[",}]`));
  }
  const bad = [
    "18446744073709551616",
    "-1",
    "-0x1",
    "-1.5",
    "1e30",
    '"7"',
    ".inf",
    ".nan",
    "0x",
    "a",
  ];
  for (const written of bad) {
    const problems = await problemsOf(withRule(["target_label: a", `modulus: ${written}`]));
    assert.equal(problems.length, 1, written);
    assert.match(
      problems[0]!,
      /^walq\.yaml:5: .*\.modulus: got .*, expected a whole number from 0 to 18446744073709551615$/,
    );
  }
  for (const nothing of ["0", "0.9", "", "~"]) {
    const rule = ["action: hashmod", "target_label: a", `modulus: ${nothing}`];
    assert.match((await problemsOf(withRule(rule))).join(), /modulus: missing or 0/, nothing);
  }
});

test("names are held to the scheme of the file", async () => {
  const top = "global: { metric_name_validation_scheme: legacy }\n";
  const legacy =
    'expected a label name of letters, digits and "_" that does not begin with a digit';
  const cases: readonly (readonly [lines: readonly string[], problem: string])[] = [
    [["target_label: a.b"], `.target_label: got "a.b", ${legacy}`],
    [
      ["target_label: ${1}.b"],
      `.target_label: got "\${1}.b", ${legacy}, or variables such as "\${1}" in it`,
    ],
    [
      ["replacement: a.b", "action: labelmap"],
      `.replacement: got "a.b", ${legacy}, or variables such as "\${1}" in it`,
    ],
  ];
  for (const [lines, problem] of cases) {
    await parse(withRule(lines));
    assert.deepEqual(await problemsOf(withRule(lines, top)), [`walq.yaml:5: ${RULE}${problem}`]);
  }
  await parse(withRule(["target_label: ${1}_b"], top));
});
