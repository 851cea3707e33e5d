import { decodeRequest } from "../../support/remote_write.ts";
import type { MetadataForm, Signal } from "../../support/signals.ts";
import { Collector } from "./collector.ts";
import { plainRequest } from "./read_request.ts";

/** What one sender has sent. */
export interface Recording {
  /** By the labels of their series, in the order in which they came. */
  readonly signals: Map<string, Signal[]>;
  /** By family. */
  readonly metadata: Map<string, MetadataForm>;
}

/** Keeps all that arrives by remote write 1.0, apart for each path. */
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

  protected override take(path: string, body: Uint8Array): void {
    const { signals, metadata } = this.at(path);
    const request = decodeRequest(plainRequest(body), "v1");
    for (const one of request.metadata) metadata.set(one.family, one);
    for (const { labels, signals: own } of request.series) {
      const key = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",");
      const known = signals.get(key) ?? [];
      signals.set(key, known);
      known.push(...own);
    }
  }
}
