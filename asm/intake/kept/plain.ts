/** The form in which senders write labels: names in order, and no byte that need not be there. */
import { varintBytes } from "../../codec/protobuf";
import { nthLabel } from "../../batch/label";

/** Whether labels in their order are all that came as `bytes` bytes at `at`, and in this form. */
export function isPlain(at: usize, bytes: usize, labels: usize, count: usize): bool {
  const end = at + bytes;
  for (let i: usize = 0; i < count; i++) {
    const label = nthLabel(labels, i);
    const nameBytes = label.nameBytes;
    const valueBytes = label.valueBytes;
    // Two tags, two lengths before the name; a tag and a length before the value.
    const nameHead: usize = 2 + varintBytes(<u64> labelBytes(nameBytes, valueBytes)) +
      varintBytes(<u64> nameBytes);
    if (label.nameAt != <u32> (at + nameHead)) return false;
    at += nameHead + nameBytes;
    const valueHead: usize = 1 + varintBytes(<u64> valueBytes);
    if (label.valueAt != <u32> (at + valueHead)) return false;
    at += valueHead + valueBytes;
  }
  return at == end;
}

/** How long the message of a label is. */
// @ts-ignore: decorator
@inline
export function labelBytes(nameBytes: usize, valueBytes: usize): usize {
  return 2 + varintBytes(<u64> nameBytes) + nameBytes + varintBytes(<u64> valueBytes) + valueBytes;
}
