import assert from "node:assert/strict";
import { test } from "node:test";
import { httpDateMs } from "../src/http_date.ts";

test("a date of HTTP in its three forms, and what is none", () => {
  const wanted = Date.UTC(1994, 10, 6, 8, 49, 37);
  assert.equal(httpDateMs("Sun, 06 Nov 1994 08:49:37 GMT"), wanted);
  assert.equal(httpDateMs(" Sunday, 06-Nov-94 08:49:37 GMT "), wanted);
  assert.equal(httpDateMs("Sun Nov  6 08:49:37 1994"), wanted);
  for (const none of [undefined, "", "soon", "GMT", "Sun, 06 Nov 1994 08:99:37 GMT"]) {
    assert.equal(httpDateMs(none), undefined, String(none));
  }
});
