/**
 * The same targets, scraped by a real Prometheus agent and by walq from the same file: every
 * sample, histogram, exemplar, stale marker, label and metadata entry that they send is the same.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { assertSameSignals, type Peer, scrapeBoth, type Sent } from "./scrape/compare.ts";
import { NATIVE_JOBS, NATIVE_PAGES } from "./scrape/native_pages.ts";
import { JOBS, NEW_PAGES, OLD_PAGES } from "./scrape/pages.ts";
import { missing } from "./support/installed.ts";
import { startAgent } from "./support/prometheus_agent.ts";
import { Program } from "./support/program.ts";
import { buildReceiver } from "./support/receiver.ts";
import { freePort } from "./support/scratch.ts";

const receiver = buildReceiver();

describe("scraping", () => {
  it("sends what Debian's Prometheus 2.42 sends", { skip: missing("prometheus") }, async () => {
    const sent = await scrapeBoth({ pages: OLD_PAGES, jobs: JOBS, start: startAgent });
    assertSameSignals(sent.walq, sent.peer);
    assert.deepEqual(metadataOf(sent.walq), metadataOf(sent.peer));
    assert.equal(metadataOf(sent.walq).filter((text) => text.includes('"said"')).length, 2);
  });

  it("sends what Prometheus 3.16 sends", { skip: receiver.skip }, async () => {
    const pages = { ...OLD_PAGES, ...NEW_PAGES };
    const sent = await scrapeBoth({ pages, jobs: JOBS, start: startNewest });
    // What of Prometheus sends metadata by 1.0 is not in this peer.
    assertSameSignals(sent.walq, sent.peer);
  });

  it("sends what Prometheus 3.16 sends by 2.0: histograms, exemplars and metadata, too", {
    skip: receiver.skip,
  }, async () => {
    const sent = await scrapeBoth({
      pages: { ...OLD_PAGES, ...NEW_PAGES, ...NATIVE_PAGES },
      jobs: { ...JOBS, ...NATIVE_JOBS },
      remoteWrite: {
        protobuf_message: "io.prometheus.write.v2.Request",
        send_exemplars: true,
        send_native_histograms: true,
      },
      start: startNewest,
    });
    assertSameSignals(sent.walq, sent.peer);
    assertSameMetadata(sent.walq, sent.peer);
  });
});

/** Prometheus's scraping, storage and remote write. */
async function startNewest(directory: string, config: string): Promise<Peer> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = new Program([
    receiver.path,
    `-listen=${address}`,
    `-path=${join(directory, "tsdb")}`,
    `-forward=${config}`,
    "-scrape",
  ]);
  await program.ready(`http://${address}/ready`);
  return { program };
}

/** By 2.0 it goes with series. */
function assertSameMetadata(got: Sent, wanted: Sent): void {
  const [own, peer] = [got, wanted].map(({ metadata }) =>
    [...metadata].filter(([, { type, help, unit }]) => type !== 0 || help !== "" || unit !== "")
      .map((one) => JSON.stringify(one)).sort()
  );
  const missing = peer!.filter((line) => !own!.includes(line));
  const added = own!.filter((line) => !peer!.includes(line));
  assert.ok(peer!.length > 40, `${peer!.length} series with metadata`);
  assert.deepEqual({ missing, added }, { missing: [], added: [] });
}

function metadataOf({ metadata }: Sent): string[] {
  const texts = [...metadata.values()].map((one) => JSON.stringify(one));
  return texts.sort();
}
