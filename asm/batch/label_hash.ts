/** The hash of a label set: xxh64 over name 0xff value 0xff of the sorted labels, as Prometheus has it. */
import { xxh64 } from "../bytes/hash";
import { Buffer, copyLoose, createBuffer, reserve } from "../bytes/memory";
import { LABEL_BYTES, nameAt, nameBytes, valueAt, valueBytes } from "./sort";

const flat: Buffer = createBuffer();

export function hashLabels(labels: usize, count: usize): u64 {
  let bytes = count * 2;
  const end = labels + count * LABEL_BYTES;
  for (let label = labels; label < end; label += LABEL_BYTES) {
    bytes += nameBytes(label) + valueBytes(label);
  }
  const start = reserve(flat, bytes);
  let to = start;
  for (let label = labels; label < end; label += LABEL_BYTES) {
    copyLoose(to, nameAt(label), nameBytes(label));
    to += nameBytes(label);
    store<u8>(to++, 0xff);
    copyLoose(to, valueAt(label), valueBytes(label));
    to += valueBytes(label);
    store<u8>(to++, 0xff);
  }
  return xxh64(start, bytes);
}
