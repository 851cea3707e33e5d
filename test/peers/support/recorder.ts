import { decodeRequest } from "../../support/remote_write.ts";
import type { MetadataForm, Signal } from "../../support/signals.ts";
import { Collector } from "./collector.ts";
import { plainRequest } from "./read_request.ts";

/** What one sender has sent. */
export interface Recording {
  /** By the labels of their series, in the order in which they came. */
  readonly signals: Map<string, Signal[]>;
  /** By family in 1.0, and by the labels of their series in 2.0: what was said last. */
  readonly metadata: Map<string, MetadataForm>;
}

/** Keeps all that arrives by remote write, apart for each path. */
export class Recorder extends Collector {
  readonly #recordings = new Map<string, Recording>();

  static async open(): Promise<Recorder> {
    const recorder = new Recorder();
    await recorder.listen();
    return recorder;
  }

  at(path: string): Recording {
    let recording = this.#recordings.get(path);
    if (recording === undefined) {
      this.#recordings.set(path, recording = { signals: new Map(), metadata: new Map() });
    }
    return recording;
  }

  protected override take(
    path: string,
    body: Uint8Array,
    contentType: string,
  ): Record<string, string> {
    const { signals, metadata } = this.at(path);
    const version = contentType.includes("io.prometheus.write.v2.Request") ? "v2" : "v1";
    const request = decodeRequest(plainRequest(body), version, true);
    // Two targets may say different things of one family.
    for (const one of request.metadata) metadata.set(JSON.stringify(one), one);
    const written = { sample: 0, histogram: 0, exemplar: 0 };
    for (const { labels, signals: own, metadata: ofSeries } of request.series) {
      const key = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",");
      const known = signals.get(key) ?? [];
      signals.set(key, known);
      known.push(...own);
      if (ofSeries !== undefined) metadata.set(key, ofSeries);
      for (const { kind } of own) written[kind]++;
    }
    const header = "x-prometheus-remote-write";
    return {
      [`${header}-samples-written`]: String(written.sample),
      [`${header}-histograms-written`]: String(written.histogram),
      [`${header}-exemplars-written`]: String(written.exemplar),
    };
  }
}
