import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isSecretName,
  shownLabels,
  shownParams,
  shownReplacement,
  shownTarget,
} from "../src/shown_params.ts";

test("a parameter is a secret by its name, in whatever way that is written", () => {
  const secret = [
    "token",
    "access_token",
    "apiKey",
    "API-KEY",
    "password",
    "passwd",
    "pwd",
    "client_secret",
    "auth",
    "Authorization",
    "credentials",
    "X-Amz-Signature",
    "sig",
    "sas",
    "session_id",
    "jwt",
  ];
  for (const name of secret) assert.equal(isSecretName(name), true, name);
  const plain = [
    "",
    "target",
    "module",
    "match[]",
    "collect[]",
    "format",
    "name",
    "design",
    "spin",
  ];
  for (const name of plain) assert.equal(isSecretName(name), false, name);
});

test("parameters and labels are shown but for the values of secrets", () => {
  assert.deepEqual(shownParams({ module: ["http"], token: ["a", "b"], "match[]": ["up"] }), {
    module: ["http"],
    token: ["<secret>", "<secret>"],
    "match[]": ["up"],
  });
  const labels = { __address__: "h:1", __param_module: "m", __param_token: "t", token: "a label" };
  assert.deepEqual(shownLabels(labels), { ...labels, __param_token: "<secret>" });
  assert.deepEqual(shownLabels({ __param_token: "" }), { __param_token: "" });
});

test("what a rule puts into such a parameter is hidden, and where it takes it from is not", () => {
  assert.equal(shownReplacement("__param_token", "hunter2"), "<secret>");
  assert.equal(shownReplacement("__param_token", "$1"), "$1");
  assert.equal(shownReplacement("__param_module", "m"), "m");
  assert.equal(shownReplacement("token", "x"), "x");
  assert.equal(shownReplacement(undefined, "x"), "x");
  assert.equal(shownReplacement("__param_token", undefined), undefined);
});

test("a URL has no login and no secret in its query, and all else is as it was", () => {
  const shown: Readonly<Record<string, string>> = {
    "http://h:1/metrics": "http://h:1/metrics",
    "http://h:1/m?module=a+b&token=hunter2&target=x%3Fy":
      "http://h:1/m?module=a+b&token=<secret>&target=x%3Fy",
    "http://h/m?to%6Ben=hunter2&key=&x=%zz": "http://h/m?to%6Ben=<secret>&key=<secret>&x=%zz",
    "http://h/m?%zztoken=hunter2": "http://h/m?%zztoken=<secret>",
    "https://u:hunter2@h/m": "https://<secret>@h/m",
    "https://hunter2@h/m?a=b@c": "https://<secret>@h/m?a=b@c",
    "u:hunter@2@h:8500": "<secret>@h:8500",
    "unix:///var/run/docker.sock": "unix:///var/run/docker.sock",
    "localhost:8500": "localhost:8500",
    "": "",
  };
  for (const [url, expected] of Object.entries(shown)) {
    assert.equal(shownTarget(url), expected);
    assert.equal(shownTarget(expected), expected, "and once more the same");
  }
});
