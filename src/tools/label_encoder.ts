import type { LabelPair } from "../contracts.ts";
import { putVarint, varintBytes } from "../protobuf.ts";

const TIMESERIES_LABELS = 0x0a;
const LABEL_NAME = 0x0a;
const LABEL_VALUE = 0x12;
/** Tags and lengths of a label take no more. */
const OVERHEAD_BYTES = 3 * 11;
/** Longer texts are left to the runtime. */
const SHORT_TEXT = 64;

const encoder = new TextEncoder();

/**
 * Labels as the `labels` fields of a TimeSeries, as `encodeLabels` of the appender has them,
 * for who has very many label sets, each once: without an array for each text.
 */
export class LabelEncoder {
  #out = new Uint8Array(4096);
  /** Where texts are written before their length is known. */
  #texts = new Uint8Array(4096);

  /** Good until the next call. */
  encode(labels: readonly LabelPair[]): Uint8Array {
    let at = 0;
    for (const [name, value] of labels) {
      this.#texts = atLeast(this.#texts, 0, 3 * (name.length + value.length));
      const nameBytes = putText(this.#texts, 0, name);
      const end = putText(this.#texts, nameBytes, value);
      const valueBytes = end - nameBytes;
      this.#out = atLeast(this.#out, at, end + OVERHEAD_BYTES);
      const out = this.#out;
      out[at++] = TIMESERIES_LABELS;
      at = putVarint(
        out,
        at,
        2 + varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + valueBytes,
      );
      out[at++] = LABEL_NAME;
      at = putVarint(out, at, nameBytes);
      out.set(this.#texts.subarray(0, nameBytes), at);
      at += nameBytes;
      out[at++] = LABEL_VALUE;
      at = putVarint(out, at, valueBytes);
      out.set(this.#texts.subarray(nameBytes, end), at);
      at += valueBytes;
    }
    return this.#out.subarray(0, at);
  }
}

/** Writes a text in UTF-8 at `at`; returns where it ends. A short one of ASCII needs no call of the runtime. */
function putText(out: Uint8Array, at: number, text: string): number {
  if (text.length <= SHORT_TEXT) {
    let to = at;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) break;
      out[to++] = code;
    }
    if (to - at === text.length) return to;
  }
  return at + encoder.encodeInto(text, out.subarray(at)).written;
}

function atLeast(bytes: Uint8Array<ArrayBuffer>, used: number, more: number) {
  if (used + more <= bytes.length) return bytes;
  const grown = new Uint8Array((used + more) * 2);
  grown.set(bytes.subarray(0, used));
  return grown;
}
