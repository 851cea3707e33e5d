import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isSecretName,
  loginsIn,
  shownLabels,
  shownParams,
  shownReplacement,
  shownTarget,
  shownValue,
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

const SHOWN_VALUES: Readonly<Record<string, string>> = {
  "https://user:hunter2@host": "https://<secret>@host",
  "https://hunter2@host:8443/a?b=c": "https://<secret>@host:8443/a?b=c",
  "postgres://u:hunter2@db:5432/x?sslmode=off&password=hunter2":
    "postgres://<secret>@db:5432/x?sslmode=off&password=<secret>",
  "http://u:hunter2@a,http://u:hunter2@b/": "http://<secret>@a,http://<secret>@b/",
  "http://u:hunter@2@a/": "http://<secret>@a/",
  "u:hunter2@tcp(db:3306)/x": "<secret>@tcp(db:3306)/x",
  "https://host/?next=https%3A%2F%2Fu%3Ahunter2%40other%2F":
    "https://host/?next=https%3A%2F%2F<secret>%40other%2F",
  "https://host/?next=https://u:hunter2@other/": "https://host/?next=https://<secret>@other/",
  "https://host/a@b": "https://host/a@b",
  "host:9115": "host:9115",
  "someone@example.com": "someone@example.com",
  'up{job="node"}': 'up{job="node"}',
  "http_2xx": "http_2xx",
  "": "",
};

test("a value that is a URL has no login, wherever it is shown", () => {
  for (const [value, expected] of Object.entries(SHOWN_VALUES)) {
    assert.equal(shownValue(value), expected);
    assert.equal(shownValue(expected), expected, "and once more the same");
    assert.deepEqual(shownParams({ target: [value] }), { target: [expected] });
    const labels = { __param_target: value, __address__: value, instance: value };
    assert.deepEqual([...new Set(Object.values(shownLabels(labels)))], [expected]);
    const query = `target=${encodeURIComponent(value)}`;
    assert.doesNotMatch(shownTarget(`http://exporter/probe?${query}&module=m`), /hunter/);
    assert.doesNotMatch(shownReplacement("__param_target", `${value}$1`) ?? "", /hunter/);
  }
  assert.equal(
    shownTarget("http://exporter/probe?module=m&target=https%3A%2F%2Fu%3Ahunter2%40host"),
    "http://exporter/probe?module=m&target=https%3A%2F%2F<secret>%40host",
  );
});

test("a login of a value is known whole and in parts, as it is written and as it is meant", () => {
  assert.deepEqual(
    new Set(loginsIn("https://user:hunter%402@host, ftp://token@h")),
    new Set(["user:hunter%402", "user:hunter@2", "user", "hunter%402", "hunter@2", "token"]),
  );
  assert.deepEqual(loginsIn("https://host/a@b up"), []);
});

test("a long value is looked at once", () => {
  for (const long of ["a", "?", "a:", "a@", "a://"].map((part) => part.repeat(200_000))) {
    assert.ok(shownValue(`${long}://x`).length > 0);
  }
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
