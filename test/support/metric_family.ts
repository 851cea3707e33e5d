/** Pages in protobuf, by the message of io.prometheus.client and protobufjs. */
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";

const PROTO = readFileSync("test/support/proto/metric_family.proto", "utf8");
const FAMILY = protobuf.parse(PROTO, { keepCase: true }).root
  .lookupType("io.prometheus.client.MetricFamily");

/** Families as they are in JSON, each behind its length. */
export function encodePage(...families: readonly object[]): Uint8Array {
  const parts = families.map((family) =>
    FAMILY.encodeDelimited(FAMILY.fromObject(family)).finish()
  );
  const page = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    page.set(part, at);
    at += part.length;
  }
  return page;
}

/** Labels of a metric or an exemplar. */
export function pairsOf(labels: Readonly<Record<string, string>>): object[] {
  return Object.entries(labels).map(([name, value]) => ({ name, value }));
}
