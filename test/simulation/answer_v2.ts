/** What answers mean, those to remote write 2.0 above all, worked out without walq's own code. */
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { SPLITS } from "./random_options.ts";

export const SAMPLES_WRITTEN = "x-prometheus-remote-write-samples-written";

export function isV2(request: HttpRequest): boolean {
  return request.headers["x-prometheus-remote-write-version"] === "2.0.0";
}

/** The headers by which a receiver says how many samples it wrote. */
export function saying(samples: number | string): Record<string, string> {
  return { [SAMPLES_WRITTEN]: `${samples}` };
}

/**
 * A 400 that does not say what was written parts the request. A single sample
 * cannot be parted; and these requests are too small, and have too little poison,
 * to cost as many attempts as a split may.
 */
export function splitsOn400(request: HttpRequest, samples: number): boolean {
  return request.headers[SPLITS] === "yes" && samples > 1;
}

/** What the sender has to make of an answer. */
export interface Account {
  readonly delivered: number;
  readonly rejected: number;
  /** The receiver does not know 2.0: nothing has an outcome, and 1.0 follows. */
  readonly fallsBack: boolean;
}

export function accountOf(request: HttpRequest, answer: HttpAnswer, samples: number): Account {
  const { status } = answer;
  const isTaken = status >= 200 && status < 300;
  const isRefused = status >= 400 && status < 500 && status !== 429;
  if (!isTaken && !isRefused) return { delivered: 0, rejected: 0, fallsBack: false };
  const saysNothing = answer.header(SAMPLES_WRITTEN) === undefined;
  // In 2.0 it may fall back instead: nothing has an outcome then, either.
  if (status === 400 && saysNothing && splitsOn400(request, samples)) {
    return { delivered: 0, rejected: 0, fallsBack: false };
  }
  if (!isV2(request)) {
    return { delivered: isTaken ? samples : 0, rejected: isTaken ? 0 : samples, fallsBack: false };
  }
  const said = Number(answer.header(SAMPLES_WRITTEN) || NaN);
  const isNonsense = !Number.isInteger(said) || said < 0;
  if (status === 415 || (isTaken && isNonsense)) {
    return { delivered: 0, rejected: 0, fallsBack: true };
  }
  const delivered = isNonsense ? 0 : Math.min(said, samples);
  return { delivered, rejected: samples - delivered, fallsBack: false };
}
