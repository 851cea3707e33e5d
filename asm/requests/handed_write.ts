/** Writes a row of a handed set at the end of a shard's request. */
import { HandedSet } from "./handed_sets";
import { addToTrail, createTrail, renewTrail, Trail } from "./handed_trail";
import { changeAt, changeBytes, findChange, GOES_ON } from "./label_change";
import { LastRow } from "./last_row";
import { writeSample } from "./sample_write";
import { writeHead } from "./series_write";
import { varintBytes } from "../codec/protobuf";
import {
  beginLiteral,
  distance,
  DISTANCE_MAX,
  endRun,
  pause,
  putBytes,
  putElements,
  resume,
  startRun,
} from "../codec/snappy_stream";

/** Writes a sample and its labels, for the most part as copies of rows before it. */
export function writeHanded(shard: LastRow, set: HandedSet, timestampMs: i64, value: u64): void {
  const timestampBytes = timestampMs == shard.timestampMs
    ? shard.timestampBytes
    : varintBytes(<u64> timestampMs);
  const labelBytes = set.bytes;
  const bytes = labelBytes + 12 + timestampBytes;
  const headAt = shard.position;
  const labelsAt = headAt + 1 + varintBytes(bytes);
  const sampleAt = labelsAt + labelBytes;
  const trail = trailOf(shard);
  const isAlone = trail.count == 0 || labelsAt - shard.labelsAt > DISTANCE_MAX >> 1;
  // It has a stream of its own, so this one must not be under way yet.
  if (!isAlone) findChange(trail, set, labelsAt);
  resume(shard, labelsAt + bytes - headAt);
  writeHead(shard, headAt, labelsAt, bytes);
  if (isAlone) {
    writeAlone(set, labelsAt);
    shard.alone += bytes;
  } else writeChange(set, labelsAt);
  const isBeside = !isAlone && set.lastBack != 0;
  const beside = trail.row(isBeside ? set.lastBack : 1);
  const besideMs = beside.timestampMs;
  writeSample(shard, isBeside, besideMs, beside.value, timestampMs, value, sampleAt, timestampBytes);
  addToTrail(trail, set, labelsAt, timestampMs, value);
  shard.row = null;
  shard.headAt = headAt;
  shard.labelsAt = labelsAt;
  pause(shard, labelsAt + bytes);
}

// @ts-ignore: decorator
@inline
function trailOf(shard: LastRow): Trail {
  if (shard.trail == 0) shard.trail = createTrail();
  const trail = changetype<Trail>(shard.trail);
  renewTrail(trail);
  return trail;
}

function writeAlone(set: HandedSet, at: usize): void {
  const bytes = set.bytes;
  endRun(at);
  beginLiteral(bytes);
  putBytes(set.fieldsAt, bytes);
  startRun(at + bytes, distance);
}

// @ts-ignore: decorator
@inline
function writeChange(set: HandedSet, at: usize): void {
  if (set.firstEnd == GOES_ON) return;
  endRun(at + set.firstEnd);
  putElements(changeAt, changeBytes);
  startRun(at + set.lastStart, set.lastApart);
}
