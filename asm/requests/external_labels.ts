/** The labels that an endpoint adds to all series which have none of these names. */
import { Label, LABEL_BYTES, nthLabel, setLabel } from "../batch/label";
import { compareNames, sortLabels } from "../batch/sort";
import { Buffer, createLastingBuffer, reserve, reserveMore } from "../bytes/memory";

/** An array of `Label`, in order. */
const external: Buffer = createLastingBuffer();
const externalBytes: Buffer = createLastingBuffer();

/**
 * Takes the external labels. Each is: u32 length of the name, u32 length of the value, name,
 * value. To be called once.
 */
export function setExternalLabels(at: usize, bytes: usize): void {
  external.length = 0;
  externalBytes.length = 0;
  memory.copy(reserve(externalBytes, bytes), at, bytes);
  const end = externalBytes.at + bytes;
  for (let label = externalBytes.at; label < end;) {
    const name = label + 8;
    const value = name + <usize> load<u32>(label);
    const next = value + <usize> load<u32>(label, 4);
    if (value > name && next > value) {
      setLabel(reserveMore(external, LABEL_BYTES), name, value - name, value, next - value);
      external.length += LABEL_BYTES;
    }
    label = next;
  }
  sortLabels(external.at, external.length / LABEL_BYTES);
}

/** How many there are. */
export function externalCount(): usize {
  return external.length / LABEL_BYTES;
}

/** An external label by its number, from 0. */
export function externalLabel(number: usize): Label {
  return nthLabel(external.at, number);
}

/** The number of an external label. */
export function externalNumber(label: Label): u32 {
  return <u32> ((changetype<usize>(label) - external.at) / LABEL_BYTES);
}

export function isExternal(label: Label): bool {
  return changetype<usize>(label) - external.at < external.length;
}

/**
 * Merges them with the labels of a series, an array of `Label` in order, which win: writes
 * the address of each label to `out`, as a u32.
 */
export function mergeExternal(own: Buffer, out: Buffer): void {
  out.length = 0;
  let to = reserve(out, (own.length + external.length) / LABEL_BYTES * 4);
  const ownEnd = own.at + own.length;
  const externalEnd = external.at + external.length;
  let ownAt = own.at;
  let extraAt = external.at;
  while (ownAt < ownEnd || extraAt < externalEnd) {
    const label = changetype<Label>(ownAt);
    const extra = changetype<Label>(extraAt);
    const order = ownAt == ownEnd ? 1 : extraAt == externalEnd ? -1 : compareNames(label, extra);
    store<u32>(to, <u32> (order > 0 ? extraAt : ownAt));
    to += 4;
    if (order <= 0) ownAt += LABEL_BYTES;
    if (order >= 0) extraAt += LABEL_BYTES;
  }
  out.length = to - out.at;
}
