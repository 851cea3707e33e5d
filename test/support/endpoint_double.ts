import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { bitsOf, decodeRequest } from "./remote_write_v1.ts";

/** One sample as an endpoint got it. */
export interface Arrival {
  readonly series: string;
  readonly timestampMs: number;
  readonly valueBits: bigint;
}

/** Plays an endpoint of remote write: keeps what it took, and answers as it is told. */
export class EndpointDouble {
  /** What was taken with a 2xx, in order. */
  readonly arrivals: Arrival[] = [];
  /** Signals in each request that was taken. */
  readonly requestSizes: number[] = [];
  /** Replaced to make it refuse, hang or throw. */
  answer: (request: HttpRequest, signals: number) => HttpAnswer | Promise<HttpAnswer> = () =>
    makeAnswer(204);

  readonly script = async (request: HttpRequest): Promise<HttpAnswer> => {
    const all = decodeRequest(request.body!);
    const signals = all.reduce((sum, { samples }) => sum + samples.length, 0);
    const answer = await this.answer(request, signals);
    if (answer.status >= 300) return answer;
    this.requestSizes.push(signals);
    for (const { labels, samples } of all) {
      const series = labels.map(([name, value]) => `${name}=${value}`).join(",");
      for (const { timestampMs, valueBits } of samples) {
        this.arrivals.push({ series, timestampMs: Number(timestampMs), valueBits });
      }
    }
    return answer;
  };

  /** Values of one series, in the order they arrived. */
  valuesOf(series: string): number[] {
    return this.arrivals.filter((one) => one.series === series).map(({ valueBits }) =>
      valueOf(valueBits)
    );
  }
}

/** A double by its bits. */
export function valueOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

export { bitsOf };
