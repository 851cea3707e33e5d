/** A batch as a list of rows, with the rules of the kernel's writer. */
import type { AddResult } from "../../../src/contracts.ts";
import { samplesOnly } from "../../support/counts.ts";
import { brokenRule, hashOf, normalise } from "./labels.ts";
import type { Row } from "./model.ts";
import { parseRequest } from "./request_parse.ts";

export class TwinBatch {
  rows: Row[] = [];

  /** Throws Malformed, with the batch as it was. */
  add(request: Uint8Array, cutoffMs: number): AddResult {
    const { series, metadata } = parseRequest(request);
    const counts = { accepted: 0, expired: 0, invalid: 0, unsupported: metadata };
    let firstInvalid: string | undefined;
    for (const { labels, samples, unsupported, at } of series) {
      counts.unsupported += unsupported;
      if (samples.length === 0) continue;
      const sorted = normalise(labels);
      const broken = brokenRule(sorted);
      if (broken !== undefined) {
        firstInvalid ??= `${broken} in the series at byte ${at} of the request`;
        counts.invalid += samples.length;
        continue;
      }
      const hash = hashOf(sorted);
      const fresh = samples.filter(({ timestampMs }) => !(timestampMs < cutoffMs));
      counts.accepted += fresh.length;
      counts.expired += samples.length - fresh.length;
      this.rows.push(...fresh.map((sample): Row => ({ labels: sorted, sample, hash })));
    }
    const result = { ...counts, kinds: samplesOnly(counts.accepted) };
    return firstInvalid === undefined ? result : { ...result, firstInvalid };
  }
}
