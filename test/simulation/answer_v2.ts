/** What answers mean, those to remote write 2.0 above all, worked out without walq's own code. */
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { kindOf, type Row } from "./model.ts";
import { SPLITS } from "./random_options.ts";
import { canBeParted, holds } from "./refusals.ts";

const PREFIX = "x-prometheus-remote-write-";

/** Signals by kind; text where a receiver says nonsense. */
export interface Written {
  readonly samples: number | string;
  readonly histograms: number | string;
}

export function isV2(request: HttpRequest): boolean {
  return request.headers["x-prometheus-remote-write-version"] === "2.0.0";
}

/** The headers by which a receiver says what it wrote. */
export function saying({ samples, histograms }: Written): Record<string, string> {
  return {
    [`${PREFIX}samples-written`]: `${samples}`,
    [`${PREFIX}histograms-written`]: `${histograms}`,
  };
}

/** What it has said, if anything. */
export function saidBy(answer: HttpAnswer): Written | undefined {
  const samples = answer.header(`${PREFIX}samples-written`);
  const histograms = answer.header(`${PREFIX}histograms-written`);
  if (samples === undefined && histograms === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0 };
}

export function kindsOf(rows: readonly Row[]): { samples: number; histograms: number } {
  const samples = rows.filter((row) => kindOf(row) === "sample").length;
  return { samples, histograms: rows.length - samples };
}

/**
 * A 400 that does not say what was written parts the request, as far as it can be;
 * these requests are too small, and have too little poison, to cost as many attempts as
 * a split may.
 */
export function splitsOn400(request: HttpRequest, rows: readonly Row[]): boolean {
  return request.headers[SPLITS] === "yes" && canBeParted(rows);
}

/** What the sender has to make of an answer. */
export interface Account {
  readonly delivered: number;
  readonly rejected: number;
  /** The receiver does not know 2.0: nothing has an outcome, and 1.0 follows. */
  readonly fallsBack: boolean;
}

export function accountOf(
  request: HttpRequest,
  answer: HttpAnswer,
  rows: readonly Row[],
): Account {
  const { status } = answer;
  const isTaken = status >= 200 && status < 300;
  const isRefused = status >= 400 && status < 500 && status !== 429 && !holds(answer, request);
  if (!isTaken && !isRefused) return { delivered: 0, rejected: 0, fallsBack: false };
  const signals = rows.length;
  const said = saidBy(answer);
  // A single one that is too large is dropped only by who takes others, and there is no such one here.
  const isParted = status === 413 ||
    (status === 400 && said === undefined && splitsOn400(request, rows));
  if (isParted) return { delivered: 0, rejected: 0, fallsBack: false };
  if (!isV2(request)) {
    return { delivered: isTaken ? signals : 0, rejected: isTaken ? 0 : signals, fallsBack: false };
  }
  const written = said &&
    { samples: numberOf(said.samples), histograms: numberOf(said.histograms) };
  const isNonsense = written === undefined || Number.isNaN(written.samples + written.histograms);
  if (status === 415 || (isTaken && isNonsense)) {
    return { delivered: 0, rejected: 0, fallsBack: true };
  }
  const sent = kindsOf(rows);
  const delivered = isNonsense
    ? 0
    : Math.min(written.samples, sent.samples) + Math.min(written.histograms, sent.histograms);
  return { delivered, rejected: signals - delivered, fallsBack: false };
}

/** NaN of what is not a count. */
function numberOf(said: number | string): number {
  const number = said === "" ? NaN : Number(said);
  return Number.isInteger(number) && number >= 0 ? number : NaN;
}
