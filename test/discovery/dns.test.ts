/** dns_sd_configs: records into targets, the search list, and name servers that fail. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AskDns } from "../../src/contracts.ts";
import { dnsDiscoverer } from "../../src/discovery/dns/dns.ts";
import { decodeAnswer, encodeQuery } from "../../src/discovery/dns/message.ts";
import { fullNames, parseResolvConf } from "../../src/discovery/dns/resolv_conf.ts";
import type { DnsDiscovery } from "../../src/options/resolved_scrape.ts";
import { answerTo, mx, nameBytes, type SeenQuestion, servers, srv } from "./dns_server.ts";
import { Harness } from "./support.ts";

const A = Uint8Array.of(10, 0, 0, 7);
const AAAA = Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), 1]);

async function started(
  askDns: AskDns,
  more: Partial<DnsDiscovery> = {},
  resolvConf: string = "nameserver 10.0.0.53\n",
): Promise<Harness> {
  const harness = new Harness();
  harness.platform.askDns = askDns;
  await harness.put("/etc/resolv.conf", resolvConf);
  const options: DnsDiscovery = {
    kind: "dns",
    names: ["_node._tcp.example.com"],
    type: "SRV",
    port: 0,
    refreshIntervalMs: 30_000,
    ...more,
  };
  await harness.start(dnsDiscoverer(options, harness.dependencies));
  return harness;
}

const NONE = {
  __meta_dns_srv_record_target: "",
  __meta_dns_srv_record_port: "",
  __meta_dns_mx_record_target: "",
  __meta_dns_ns_record_target: "",
};

describe("DNS discovery", () => {
  const CASES: Readonly<
    Record<DnsDiscovery["type"], readonly [Uint8Array, Readonly<Record<string, string>>]>
  > = {
    SRV: [srv(9100, "node.example.com"), {
      __address__: "node.example.com:9100",
      __meta_dns_srv_record_target: "node.example.com.",
      __meta_dns_srv_record_port: "9100",
    }],
    A: [A, { __address__: "10.0.0.7:80" }],
    AAAA: [AAAA, { __address__: "[2001:db8::1]:80" }],
    MX: [mx("mail.example.com"), {
      __address__: "mail.example.com:80",
      __meta_dns_mx_record_target: "mail.example.com.",
    }],
    NS: [Uint8Array.from(nameBytes("ns.example.com")), {
      __address__: "ns.example.com:80",
      __meta_dns_ns_record_target: "ns.example.com.",
    }],
  };
  for (const [type, [data, labels]] of Object.entries(CASES)) {
    it(`makes targets of records of the type ${type}`, async () => {
      const options = { names: ["x.example.com"], type: type as DnsDiscovery["type"], port: 80 };
      const harness = await started(servers({ [`x.example.com. ${type}`]: [data] }), options);
      assert.deepEqual([...harness.groups.values()], [{
        source: "x.example.com",
        targets: [{ ...NONE, __meta_dns_name: "x.example.com", ...labels }],
        labels: {},
      }]);
      await harness.stop();
    });
  }

  it("has no targets for a name that is not there, or has no such records", async () => {
    const zone: Record<string, Uint8Array[]> = { "a.example.com. A": [A], "b.example.com. A": [A] };
    const names = ["a.example.com", "b.example.com"];
    const harness = await started(
      (...asked) => servers(zone)(...asked),
      { names, type: "A", port: 1 },
    );
    assert.equal(harness.targets.length, 2);
    delete zone["a.example.com. A"];
    zone["b.example.com. A"] = [];
    await harness.pass(30_000);
    assert.deepEqual(harness.targets, []);
    assert.equal(harness.stats.snapshot().counters.dns_lookup_failures, 0);
    assert.equal(harness.stats.snapshot().counters.dns_lookups, 4);
    await harness.stop();
  });

  it("keeps the targets of a name while no server has an answer", async () => {
    const good = servers({ "a.example.com. A": [A] });
    const bad: Readonly<Record<string, AskDns>> = {
      "a server that fails": (_, query) => Promise.resolve(answerTo(query, [], { code: 2 })),
      "one that refuses": (_, query) => Promise.resolve(answerTo(query, [], { code: 5 })),
      "one that is not there": () => Promise.reject(new Error("connection refused")),
      "one that talks nonsense": () => Promise.resolve(Uint8Array.of(1, 2, 3)),
      "one that says nothing": (_server, _query, _transport, signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    };
    for (const [what, ask] of Object.entries(bad)) {
      const harness = await started(good, { names: ["a.example.com"], type: "A", port: 1 });
      harness.platform.askDns = ask;
      await harness.pass(32_000);
      assert.equal(harness.targets.length, 1, what);
      assert.equal(harness.stats.snapshot().counters.dns_lookup_failures, 1, what);
      await harness.stop();
    }
  });

  it("asks the next server when one has no answer, and not when there is no such name", async () => {
    const seen: (SeenQuestion & { address: string })[] = [];
    const good = servers({ "a.example.com. A": [A] }, seen);
    const harness = await started(
      (server, query, transport, signal) => {
        if (server.address !== "10.0.0.1") return good(server, query, transport, signal);
        return Promise.resolve(answerTo(query, [], { code: 2 }));
      },
      { names: ["a.example.com"], type: "A", port: 1 },
      "nameserver 10.0.0.1\nnameserver ::2\n",
    );
    assert.equal(harness.targets.length, 1);
    assert.deepEqual(seen.map(({ address }) => address), ["::2"]);
    await harness.stop();
  });

  it("asks over TCP when there is more than came over UDP", async () => {
    const harness = await started(
      (_server, query, transport) =>
        Promise.resolve(
          transport === "udp"
            ? answerTo(query, [], { isTruncated: true })
            : answerTo(query, new Array(300).fill(A)),
        ),
      { names: ["a.example.com"], type: "A", port: 1 },
    );
    assert.equal(harness.targets.length, 300);
    await harness.stop();
  });

  it("looks under the host's search list, the name itself first where it has dots enough", async () => {
    const config = parseResolvConf(
      "# mine\ndomain old.example\nsearch one.example two.example ; yes\n" +
        "options timeout:1 ndots:2\nnameserver 10.0.0.1\n",
    );
    assert.deepEqual(config, {
      servers: ["10.0.0.1"],
      search: ["one.example", "two.example"],
      dotsMin: 2,
    });
    assert.deepEqual(fullNames("a.b", config), ["a.b.one.example.", "a.b.two.example.", "a.b."]);
    assert.deepEqual(fullNames("a.b.c", config)[0], "a.b.c.");
    assert.deepEqual(fullNames("a.", config), ["a."]);
    assert.deepEqual(parseResolvConf("").servers, ["127.0.0.1"]);
    const seen: (SeenQuestion & { address: string })[] = [];
    const harness = await started(
      servers({ "a.two.example. A": [A] }, seen),
      { names: ["a"], type: "A", port: 1 },
      "search one.example two.example\nnameserver 10.0.0.1\n",
    );
    assert.deepEqual(seen.map(({ name }) => name), ["a.one.example.", "a.two.example."]);
    assert.equal(harness.targets[0]?.["__meta_dns_name"], "a");
    await harness.stop();
  });

  it("asks for few names at once, and for all", async () => {
    const zone = servers({});
    let atOnce = 0;
    let atOnceMax = 0;
    const names = Array.from({ length: 100 }, (_, i) => `n${i}.example.com`);
    const harness = await started(async (...asked) => {
      atOnceMax = Math.max(atOnceMax, ++atOnce);
      await Promise.resolve();
      atOnce--;
      return await zone(...asked);
    }, { names, type: "A", port: 1 });
    assert.equal(harness.stats.snapshot().counters.dns_lookups, 100);
    assert.ok(atOnceMax <= 8, `${atOnceMax} at once`);
    assert.equal(harness.told[0]?.length, 100);
    await harness.stop();
  });

  it("says of each name that it fails, and not again and again", async () => {
    const names = ["a.example.com", "b.example.com"];
    const harness = await started(
      (_, query) => Promise.resolve(answerTo(query, [], { code: 2 })),
      { names, type: "A", port: 1 },
    );
    await harness.pass(3_600_000);
    const warnings = harness.logger.lines.filter((line) => line.startsWith("warn"));
    assert.equal(harness.stats.snapshot().counters.dns_lookup_failures, 242);
    assert.ok(warnings.length >= 4 && warnings.length <= 30, `${warnings.length} lines`);
    await harness.stop();
  });

  it("says so when the host names no servers", async () => {
    const harness = new Harness();
    await harness.start(dnsDiscoverer({
      kind: "dns",
      names: ["a"],
      type: "A",
      port: 1,
      refreshIntervalMs: 30_000,
    }, harness.dependencies));
    assert.match(JSON.stringify(harness.logger.lines), /resolv\.conf/);
    await harness.stop();
  });

  it("reads no message beyond its end, and follows no pointer in a circle", () => {
    const query = encodeQuery(7, "a.example.com", "SRV");
    const whole = answerTo(query, [srv(1, "x.example.com")]);
    assert.equal(decodeAnswer(whole, "SRV").records.length, 1);
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => decodeAnswer(whole.subarray(0, length), "SRV"), TypeError, `${length}`);
    }
    const circle = answerTo(query, [Uint8Array.from([0, 0, 0, 0, 0, 1, 0xc0, 0xff])]);
    assert.throws(() => decodeAnswer(circle, "SRV"), TypeError);
    assert.throws(() => encodeQuery(1, "a..b", "A"), TypeError);
    assert.throws(() => encodeQuery(1, "a".repeat(64), "A"), TypeError);
  });
});
