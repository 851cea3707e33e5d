import assert from "node:assert/strict";
import { decodeRequest } from "../../support/remote_write.ts";
import type { LabelPairs } from "../../support/signals.ts";
import { Collector } from "./collector.ts";
import { plainRequest } from "./read_request.ts";

/** Keeps the labels of what arrives by remote write 1.0, apart for each path, by the value of the sample. */
export class LabelsEndpoint extends Collector {
  readonly #arrived = new Map<string, Map<bigint, LabelPairs>>();

  static async open(): Promise<LabelsEndpoint> {
    const endpoint = new LabelsEndpoint();
    await endpoint.listen();
    return endpoint;
  }

  /** In the order of the values. A series without labels is none, as Prometheus 2 has it; 3 sends it. */
  arrived(path: string): Map<bigint, LabelPairs> {
    const all = [...this.#arrived.get(path) ?? []].filter(([, labels]) => labels.length > 0);
    return new Map(all.sort(([a], [b]) => a < b ? -1 : 1));
  }

  protected override take(path: string, body: Uint8Array): void {
    const arrived = this.#arrived.get(path) ?? new Map<bigint, LabelPairs>();
    this.#arrived.set(path, arrived);
    for (const { labels, signals } of decodeRequest(plainRequest(body), "v1").series) {
      for (const signal of signals) {
        assert.equal(signal.kind, "sample");
        if (signal.kind === "sample") arrived.set(signal.bits, labels);
      }
    }
  }
}
