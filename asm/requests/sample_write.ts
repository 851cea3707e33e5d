/** Writes the sample of a row in remote write 1.0, for the most part as copies of earlier samples. */
import { LastRow } from "./last_row";
import { varintBytes, writeVarint } from "../codec/protobuf";
import {
  beginLiteral,
  distance,
  DISTANCE_MAX,
  endRun,
  isPending,
  putBytes,
  putWord,
  RUN_BYTES_MIN,
  startRun,
  turn,
} from "../codec/snappy_stream";

/** Room for a sample that is written byte by byte. */
const sample: usize = memory.data(48, 8);

/**
 * Writes `Sample { value = 1, timestamp = 2 }`, beside that of the row that its labels
 * were copied from last, if there is one, and of the last row. Both fields are always written,
 * since a zero may be a negative one.
 */
// @ts-ignore: decorator
@inline
export function writeSample(
  shard: LastRow,
  isBeside: bool,
  besideMs: i64,
  besideValue: u64,
  timeMs: i64,
  value: u64,
  at: usize,
  timestampBytes: usize,
): void {
  const bytes: usize = 12 + timestampBytes;
  const timestampMs = <u64> timeMs;
  const lastDistance = at + 3 - shard.valueAt;
  const hasLast = shard.valueAt != 0 && lastDistance <= DISTANCE_MAX &&
    shard.timestampBytes == timestampBytes;
  // The low bytes of small integers are 0, so that the run over the labels goes on over them.
  let start: usize = 0;
  if (isBeside) {
    if (besideMs == timeMs || varintBytes(<u64> besideMs) == timestampBytes) {
      start = 3 + (<usize> ctz(value ^ besideValue) >> 3);
    }
  } else if (hasLast) {
    turn(at, lastDistance);
    start = 3 + (<usize> ctz(value ^ shard.value) >> 3);
  }
  if (start < RUN_BYTES_MIN && !isPending(at)) start = 0;
  // The high bytes and the timestamp are often those of the last row, and so may be what follows.
  let rest = bytes;
  if (hasLast) {
    const changed = timestampMs ^ <u64> shard.timestampMs;
    rest = changed == 0
      ? <usize> 11 - (<usize> clz(value ^ shard.value) >> 3)
      : <usize> 13 + (<usize> 63 - <usize> clz(changed)) / 7;
    if (rest < start) rest = start;
    if (bytes - rest < RUN_BYTES_MIN && !(rest == start && distance == lastDistance)) rest = bytes;
  }
  if (rest == start) turn(at + start, lastDistance);
  else {
    endRun(at + start);
    beginLiteral(rest - start);
    if (start >= 3 && rest <= 11) putWord(value >> (<u64> (start - 3) << 3), rest - start);
    else putSample(value, timestampMs, timestampBytes, start, rest);
    startRun(at + rest, lastDistance);
  }
  shard.valueAt = at + 3;
  shard.timestampMs = timeMs;
  shard.timestampBytes = timestampBytes;
  shard.value = value;
}

/** Writes the bytes of a sample from `start` to `rest`. */
function putSample(
  value: u64,
  timestampMs: u64,
  timestampBytes: usize,
  start: usize,
  rest: usize,
): void {
  store<u32>(sample, <u32> (0x090012 | ((10 + <u32> timestampBytes) << 8)));
  store<u64>(sample, value, 3);
  store<u8>(sample, 0x10, 11);
  writeVarint(sample + 12, timestampMs);
  putBytes(sample + start, rest - start);
}
