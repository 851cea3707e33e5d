/** Names, their records, and names with which something is wrong. */
import { answerTo, mx, nameBytes, questionIn, srv, type Zone } from "../../discovery/dns_server.ts";

const v4 = (last: number): Uint8Array => Uint8Array.of(10, 0, 0, last);
const v6 = (last: number): Uint8Array =>
  Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), last]);
const ns = (name: string): Uint8Array => Uint8Array.from(nameBytes(name));

const MANY = Array.from({ length: 60 }, (_, i) => v4(i));

const ZONE: Zone = {
  "one.example. A": [v4(1)],
  "one.example. AAAA": [v6(1)],
  "some.example. A": [v4(1), v4(2), v4(1)],
  "some.example. AAAA": [
    v6(1),
    v6(2),
    Uint8Array.from([...new Array(10).fill(0), 255, 255, 1, 2, 3, 4]),
  ],
  "none.example. A": [],
  "many.example. A": MANY,
  "_node._tcp.example. SRV": [srv(9100, "a.example"), srv(9200, "b.example"), srv(0, "a.example")],
  "mail.example. MX": [mx("m1.example"), mx("m2.example")],
  "zone.example. NS": [ns("ns1.example"), ns("ns2.example.org")],
  "host.sub.example. A": [v4(3)],
  "other.more.example. A": [v4(4)],
  "both. A": [v4(5)],
  "both.sub.example. A": [v4(6)],
  "dotted.name.sub.example. A": [v4(7)],
};

/** What the server says. Over UDP not all that has many records. */
export function answerOf(query: Uint8Array, transport: "udp" | "tcp"): Uint8Array {
  const { name, type } = questionIn(query);
  if (/^fails\./.test(name)) return answerTo(query, [], { code: 2 });
  if (/^refused\./.test(name)) return answerTo(query, [], { code: 5 });
  const records = ZONE[`${name.toLowerCase()} ${type}`];
  if (records === undefined) return answerTo(query, [], { code: 3 });
  const isTruncated = transport === "udp" && records.length > 20;
  return answerTo(query, isTruncated ? [] : records, { isTruncated });
}

export const RESOLV_CONF = "search sub.example more.example\nnameserver 127.0.0.1\n";

/** Options, each of a job. */
export const DNS_OPTIONS: readonly object[] = [
  ...["A", "AAAA", "MX", "NS"].flatMap((type) => [
    { names: ["one.example", "some.example", "mail.example", "zone.example"], type, port: 80 },
  ]),
  { names: ["_node._tcp.example"] },
  { names: ["_node._tcp.example", "one.example"], type: "srv", port: 1 },
  { names: ["none.example", "gone.example", "one.example"], type: "A", port: 1 },
  { names: ["many.example"], type: "A", port: 1 },
  { names: ["fails.example", "one.example"], type: "A", port: 1 },
  { names: ["refused.example"], type: "A", port: 1 },
  { names: ["host", "other", "both", "nobody"], type: "A", port: 65535 },
  { names: ["host.", "both.", "one.example."], type: "A", port: 1 },
  {
    names: ["dotted.name", "ONE.Example", "one.example..", ".one.example"],
    type: "A",
    port: 1,
  },
  { names: ["ü.example", "a b.example", "x".repeat(70) + ".example"], type: "A", port: 1 },
  { names: ["one.example", "one.example"], type: "a", port: 1 },
];
