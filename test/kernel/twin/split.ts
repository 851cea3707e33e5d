/** Where a request is parted, by the rule: as near to half of its signals as can be, the earlier of two. */
import type { RequestForm, SeriesForm } from "../../support/signals.ts";

/** A run of signals that stays together. */
interface Unit {
  readonly signals: number;
  /** The index of its series in the request; -1 for an entry of metadata. */
  readonly of: number;
  readonly form: Partial<RequestForm>;
}

/**
 * The halves of a request. `leads` says of each series of 2.0 whether the metadata
 * on it is a signal of its own, which the sample behind it carries. Undefined when
 * it cannot be parted.
 */
export function splitForm(
  request: RequestForm,
  leads: readonly boolean[],
  version: "v1" | "v2",
): [RequestForm, RequestForm] | undefined {
  const units = version === "v1" ? unitsOfV1(request) : unitsOfV2(request, leads);
  const all = units.reduce((sum, { signals }) => sum + signals, 0);
  const middle = Math.floor(all / 2);
  let best: number | undefined;
  let bestAway = Infinity;
  let before = 0;
  for (let index = 1; index < units.length; index++) {
    before += units[index - 1]!.signals;
    if (Math.abs(before - middle) >= bestAway) continue;
    best = index;
    bestAway = Math.abs(before - middle);
  }
  if (best === undefined) return undefined;
  return [formOf(units.slice(0, best)), formOf(units.slice(best))];
}

function unitsOfV1({ series, metadata }: RequestForm): Unit[] {
  return [
    ...series.map((one, of) => ({ signals: 1, of, form: { series: [one] } })),
    ...metadata.map((one) => ({ signals: 1, of: -1, form: { metadata: [one] } })),
  ];
}

function unitsOfV2({ series }: RequestForm, leads: readonly boolean[]): Unit[] {
  return series.flatMap((one, of): Unit[] => {
    const { signals } = one;
    const extra = leads[of] ? 1 : 0;
    if (signals.some(({ kind }) => kind === "exemplar")) {
      return [{ signals: signals.length + extra, of, form: { series: [one] } }];
    }
    const { metadata: _, ...bare } = one;
    return signals.map((signal, index) => {
      // Metadata that is no signal decorates every part of its series.
      const from = index > 0 && leads[of] ? bare : one;
      const form = { series: [{ ...from, signals: [signal] }] };
      return { signals: 1 + (index === 0 ? extra : 0), of, form };
    });
  });
}

function formOf(units: readonly Unit[]): RequestForm {
  const series: SeriesForm[] = [];
  let last = -1;
  for (const { of, form } of units) {
    const [part] = form.series ?? [];
    if (part === undefined) continue;
    const open = series.at(-1);
    if (of !== last || open === undefined) series.push(part);
    else series[series.length - 1] = { ...open, signals: [...open.signals, ...part.signals] };
    last = of;
  }
  return { series, metadata: units.flatMap(({ form }) => form.metadata ?? []) };
}
