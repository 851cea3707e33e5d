/**
 * The series of a request of remote write 1.0 that walq's own kernel wrote, for who wants
 * to look at them. It is no reader of what others send: that is the kernel's.
 */
import type { LabelPair } from "../contracts.ts";

/** The fields that are looked at, as tags of the wire format: their number, and that they have a length. */
const TAG = {
  series: 0x0a,
  labels: 0x0a,
  samples: 0x12,
  histograms: 0x22,
  name: 0x0a,
  value: 0x12,
};

/** One series of a request. */
export interface ReadSeries {
  /** The bytes of its labels: the same for the same labels. */
  readonly key: string;
  /** Samples and histograms of it. */
  readonly samples: number;
  /** Reads its labels, which costs more than all else. */
  labels(): LabelPair[];
}

const LATIN = new TextDecoder("latin1");
const UTF8 = new TextDecoder();

/** All series of the request, in its order. */
export function* readSeries(request: Uint8Array): Generator<ReadSeries> {
  for (const { tag, from, to } of fieldsOf(request, 0, request.length)) {
    if (tag === TAG.series) yield readOne(request, from, to);
  }
}

function readOne(bytes: Uint8Array, from: number, to: number): ReadSeries {
  let samples = 0;
  let labelsTo = from;
  for (const field of fieldsOf(bytes, from, to)) {
    if (field.tag === TAG.labels) labelsTo = field.to;
    else if (field.tag === TAG.samples || field.tag === TAG.histograms) samples++;
  }
  return {
    // The labels come first.
    key: LATIN.decode(bytes.subarray(from, labelsTo)),
    samples,
    labels: () =>
      Array.from(
        fieldsOf(bytes, from, labelsTo),
        (label) => readLabel(bytes, label.from, label.to),
      ),
  };
}

function readLabel(bytes: Uint8Array, from: number, to: number): LabelPair {
  let [name, value] = ["", ""];
  for (const field of fieldsOf(bytes, from, to)) {
    const text = UTF8.decode(bytes.subarray(field.from, field.to));
    if (field.tag === TAG.name) name = text;
    else if (field.tag === TAG.value) value = text;
  }
  return [name, value];
}

/** The fields of a message that have a length: others are not in what is looked at here. */
function* fieldsOf(
  bytes: Uint8Array,
  from: number,
  end: number,
): Generator<{ readonly tag: number; readonly from: number; readonly to: number }> {
  for (let at = from; at < end;) {
    const tag = bytes[at++]!;
    if ((tag & 7) !== 2) throw new Error(`BUG: the kernel wrote the tag ${tag}`);
    let length = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const to = at + length;
    yield { tag, from: at, to };
    at = to;
  }
}
