/**
 * Answers of name servers, to the discovery of Prometheus 3.16 and to walq's: the same groups
 * of targets. Prometheus asks the servers of /etc/resolv.conf, which is another one for it: it
 * runs in a network of its own, beside a name server, which takes root.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import type { TargetGroup } from "../../src/contracts.ts";
import { makeDiscovery } from "../../src/discovery/make_discovery.ts";
import { parse } from "../agent/parse_config.ts";
import { Harness } from "../discovery/support.ts";
import { answerOf, DNS_OPTIONS, RESOLV_CONF } from "./discovery/dns_zone.ts";
import { buildWhenAsked } from "./support/built_by_go.ts";
import { scratchDirectory } from "./support/scratch.ts";

const SCRIPT = `set -e
ip link set lo up
mount --bind "$1" /etc/resolv.conf
"$2" "$3" "$5" &
server=$!
trap 'kill $server' EXIT
until [ -e "$5" ]; do sleep 0.1; done
"$4"`;
const RUN_MS_MAX = 60_000;

const prometheus = buildWhenAsked("discovery");

function isolationSkip(): string | false {
  const { status } = spawnSync("unshare", ["--mount", "--net", "ip", "link", "set", "lo", "up"]);
  return status === 0 ? false : "needs root, unshare and ip";
}

const FILE = JSON.stringify({
  scrape_configs: DNS_OPTIONS.map((options, index) => ({
    job_name: `job ${index}`,
    dns_sd_configs: [options],
  })),
  remote_write: [{ url: "http://127.0.0.1:9/" }],
});

describe("DNS discovery of Prometheus 3.16 and walq's", {
  skip: prometheus.skip || isolationSkip(),
}, () => {
  it("makes the same groups of the same answers", async () => {
    const wanted = prometheusFinds();
    const { scrape } = await parse(FILE);
    assert.equal(scrape.jobs.length, DNS_OPTIONS.length);
    let found = 0;
    for (const { jobName, discoveries } of scrape.jobs) {
      const harness = new Harness();
      harness.platform.askDns = (_, query, transport) =>
        Promise.resolve(answerOf(query, transport));
      await harness.put("/etc/resolv.conf", RESOLV_CONF);
      await harness.start(makeDiscovery(discoveries[0]!, harness.dependencies));
      await harness.pass(3_000);
      const own = formOf([...harness.groups.values()]);
      await harness.stop();
      assert.deepEqual([jobName, own], [jobName, formOf(wanted[jobName] ?? [])]);
      found += Object.keys(own).length;
    }
    assert.ok(found > 15, `${found} groups`);
  });
});

function prometheusFinds(): Record<string, readonly TargetGroup[]> {
  const directory = scratchDirectory("dns");
  const resolvConf = join(directory, "resolv.conf");
  writeFileSync(resolvConf, RESOLV_CONF);
  const program = resolve("build/test/peers/discovery/dns_program.js");
  const { status, stdout, stderr } = spawnSync(
    "unshare",
    [
      ...["--mount", "--net", "sh", "-c", SCRIPT, "sh"],
      ...[resolvConf, process.execPath, program, prometheus.path, join(directory, "ready")],
    ],
    { input: FILE, encoding: "utf8", timeout: RUN_MS_MAX },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

function formOf(groups: readonly TargetGroup[]): Record<string, string[]> {
  return Object.fromEntries(groups.map(({ source, labels, targets }) => [
    source,
    targets.map((target) => JSON.stringify(Object.entries({ ...labels, ...target }).sort())).sort(),
  ]));
}
