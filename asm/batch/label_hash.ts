/**
 * The hash of a label set as Prometheus computes it: xxh64 over name 0xff value 0xff of
 * each sorted label.
 */
import { xxh64 } from "../bytes/hash";
import { Buffer, copyLoose, createBuffer, reserve } from "../bytes/memory";
import { Label, LABEL_BYTES } from "./label";


const flat: Buffer = createBuffer();

export function hashLabels(labels: usize, count: usize): u64 {
  let bytes = count * 2;
  const end = labels + count * LABEL_BYTES;
  for (let labelAt = labels; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    bytes += label.nameBytes + label.valueBytes;
  }
  const start = reserve(flat, bytes);
  let to = start;
  for (let labelAt = labels; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    copyLoose(to, label.nameAt, label.nameBytes);
    to += label.nameBytes;
    store<u8>(to++, 0xff);
    copyLoose(to, label.valueAt, label.valueBytes);
    to += label.valueBytes;
    store<u8>(to++, 0xff);
  }
  return xxh64(start, bytes);
}
