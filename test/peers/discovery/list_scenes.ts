/** Lists of groups in many forms, over HTTP and in files. */
import type { Scene } from "./scene.ts";

/** Lists as JSON has them, good and bad ones. */
const JSON_LISTS: readonly string[] = [
  '[{"targets":["a:1","b:2"],"labels":{"env":"x"}},{"targets":["c:3"]}]',
  "[]",
  "null",
  "{}",
  '{"targets":["a:1"]}',
  "[null]",
  "[{}]",
  '[{"targets":[]}]',
  '[{"targets":null}]',
  '[{"labels":{"a":"b"}}]',
  '[{"targets":["a:1"],"labels":null}]',
  '[{"targets":["a:1"],"labels":{}}]',
  '[{"targets":["a:1"],"labels":{"a":""}}]',
  '[{"targets":["a:1"],"labels":{"a":1}}]',
  '[{"targets":["a:1"],"labels":{"a":null}}]',
  '[{"targets":["a:1"],"labels":{"a":true}}]',
  '[{"targets":["a:1"],"labels":["a"]}]',
  '[{"targets":["a:1"],"labels":{"":"b"}}]',
  '[{"targets":["a:1"],"labels":{"a b":"c","ü":"d","1x":"e"}}]',
  '[{"targets":["a:1"],"labels":{"a":"1","a":"2"}}]',
  '[{"targets":["a:1"],"labels":{"__meta_x":"1","__address__":"z:9"}}]',
  '[{"targets":["a:1","a:1"]}]',
  '[{"targets":["a:1"],"targets":["b:1"]}]',
  '[{"targets":["a:1",2]}]',
  '[{"targets":["a:1",null]}]',
  '[{"targets":[""]}]',
  '[{"targets":["http://a:1/x"]}]',
  '[{"targets":"a:1"}]',
  '[{"targets":["a:1"],"source":"s"}]',
  '[{"targets":["a:1"],"other":1}]',
  '[{"Targets":["a:1"],"LABELS":{"a":"b"}}]',
  '["a:1"]',
  '[{"targets":["a:1"]},{"targets":["b:1"],"labels":{"a":1}}]',
  '[{"targets":["a:1"]}]x',
  '[{"targets":["a:1"]}',
  '\ufeff[{"targets":["a:1"]}]',
  ' \n[{"targets":["a:1"]}]\n ',
  '[{"targets":["a\\u0000b","\\ud83d\\ude00:1"]}]',
  '[{"targets":["a:1"],"labels":{"a":"\\ud800"}}]',
  "",
  "x",
];

const YAML_LISTS: readonly string[] = [
  // What has something behind its list is no YAML, but for Prometheus.
  ...JSON_LISTS.filter((text) => !text.includes("\\u") && !text.endsWith("]x")),
  "- targets: [a:1, 'b:2']\n  labels:\n    env: x\n- targets:\n  - c:3\n",
  "- targets: [a, b]\n  labels: {n: 1, f: 1.50, t: true, z: ~, d: 2026-01-01, s: 'q', e: ''}\n",
  "- targets: [1, 2.50, true, ~]\n",
  "- targets: [0x10, 1_000, 010, 1e3, .5]\n",
  "- targets: [a]\n  labels: {a: 0x10, b: 010, c: 1e3, d: yes, e: on, f: null, g: .inf}\n",
  "- &x\n  targets: [a]\n- *x\n",
  "- targets: &t [a]\n- targets: *t\n",
  "- targets: [a]\n  labels: &l {a: b}\n- targets: [b]\n  labels:\n    <<: *l\n    c: d\n",
  "- targets: [b]\n  labels:\n    a: c\n    <<: {a: b}\n",
  "- targets: [b]\n  labels:\n    <<: {a: b}\n    a: c\n",
  "- targets: [b]\n  labels:\n    <<: [{a: b}, {c: d}]\n    e: f\n",
  "- targets: [b]\n  labels:\n    <<: [{a: b}, {a: d}]\n    e: f\n",
  "- targets: [b]\n  labels:\n    <<: c\n",
  "- <<: {targets: [b]}\n  labels: {a: b}\n",
  "- targets: [a]\n  targets: [b]\n",
  "- targets: [a]\n  labels: {a: 1, a: 2}\n",
  "- targets: [a]\n  other: 1\n",
  "---\n- targets: [a]\n---\n- targets: [b]\n",
  "# only a comment\n",
  "- targets: [a]\n  labels: {a: [b]}\n",
  "- targets: {a: b}\n",
  "- targets: [\n",
  "\t- targets: [a]\n",
  "- targets: [a]\n  labels: {? 1 : b, true: c}\n",
  "- targets: ['a\n   b', \"c\\td\"]\n",
  "- targets: [a]\n  labels: {a: |\n    text\n    more\n  }\n",
  "- targets: [a]\n  labels:\n    a: >-\n      folded\n      text\n",
];

const TYPES: readonly string[] = [
  ...[
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON;charset=UTF-8",
    "text/plain",
  ],
  ...[
    "application/json; charset=latin1",
    "",
    "application/json;",
    'application/json; charset="utf-8"',
  ],
];

function httpScene(text: string, status = 200, type: string = TYPES[0]!): Scene {
  return {
    answer: () => ({ status, text, headers: { "content-type": type } }),
    options: (address) => ({ http_sd_configs: [{ url: `http://${address}/list` }] }),
    mayBeEmpty: true,
  };
}

function fileScene(name: string, text: string): Scene {
  return {
    answer: () => "open",
    files: { [name]: text },
    options: (directory) => ({ file_sd_configs: [{ files: [`${directory}/${name}`] }] }),
    mayBeEmpty: true,
  };
}

export const LIST_SCENES: Readonly<Record<string, Scene>> = Object.fromEntries([
  ...JSON_LISTS.map((text) => [`http ${JSON.stringify(text)}`, httpScene(text)]),
  ...TYPES.map((type) => [`http by ${JSON.stringify(type)}`, httpScene(JSON_LISTS[0]!, 200, type)]),
  ...[201, 204, 404, 500].map((status) => [`http ${status}`, httpScene(JSON_LISTS[0]!, status)]),
  ...JSON_LISTS.map((text) => [`json ${JSON.stringify(text)}`, fileScene("a.json", text)]),
  ...YAML_LISTS.map((text) => [`yaml ${JSON.stringify(text)}`, fileScene("a.yml", text)]),
]);
