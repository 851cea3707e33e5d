/**
 * Label sets as an endpoint's requests have them, by the handles that the writer of the
 * batches has for them. They are learned from batches that were read from their files, and
 * from then on a batch that is handed over in short form needs no file.
 */
import { Buffer, createLastingBuffer, reserve } from "../bytes/memory";

/**
 * A label set. The sources of its change follow this object, then where each of its fields
 * begins, and the end of the last one, as u16, and then the fields of its labels, as they
 * are in a request.
 */
@unmanaged
export class HandedSet {
  /** What its shard is found by, see shard_hash.ts. */
  number: u32;
  /** Whether it is of the batch at hand alone: then nothing may remember it. */
  isPassing: bool;
  /** How many fields it has, and how long they are together. */
  fields: u32;
  bytes: usize;
  /** How its labels were made of those of earlier rows the last time: see label_change.ts. Without sources they were not. */
  sources: u32;
  /**
   * Where the first run ends, where the last one begins, how far back that one reaches, and
   * to which row, if it goes on in the sample.
   */
  firstEnd: usize;
  lastStart: usize;
  lastApart: usize;
  lastBack: u32;
  /** The elements between the two: where they are, how many bytes they take, and for how many there is room. */
  elementsAt: usize;
  elementsBytes: usize;
  elementsRoom: usize;

  @inline
  source(number: u32): ChangeSource {
    return changetype<ChangeSource>(
      changetype<usize>(this) + offsetof<HandedSet>() + <usize> number * SOURCE_BYTES,
    );
  }

  @inline
  get startsAt(): usize {
    return changetype<usize>(this) + HEAD_BYTES;
  }

  /** Where a field begins, counted from the first one; of the one after the last, the end. */
  @inline
  start(field: u32): usize {
    return <usize> load<u16>(this.startsAt + (<usize> field << 1));
  }

  @inline
  get fieldsAt(): usize {
    return this.startsAt + startsBytes(this.fields);
  }
}

/** A row that some of a set's labels are copied from. */
@unmanaged
export class ChangeSource {
  /** Its set. */
  set: usize;
  /** How far apart the labels of the two are, and how many rows. */
  apart: u16;
  back: u16;
}

const SOURCE_BYTES: usize = offsetof<ChangeSource>();
export const SOURCES_MAX: u32 = 6;
const HEAD_BYTES: usize = offsetof<HandedSet>() + <usize> SOURCES_MAX * SOURCE_BYTES;

// @ts-ignore: decorator
@inline
function startsBytes(fields: u32): usize {
  return ((<usize> fields + 1) * 2 + 7) & ~7;
}

/** Sets whose labels take more than this are not learned. */
export const HANDED_LABELS_BYTES_MAX: usize = 8192;
/** The memory of sets is allocated in pieces of this size. */
const PIECE_BYTES: usize = 256 * 1024;

/** The address of the set of each handle, or 0. */
const table: Buffer = createLastingBuffer();
/** The pieces, of which those before `current` are full. */
const pieces: Buffer = createLastingBuffer();
let current: usize = 0;
let free: usize = 0;
let end: usize = 0;
let piecesMax: usize = 0;

/** How many sets there are, and how many rows came since they were forgotten the last time. */
let count: u32 = 0;
let rowsSince: u32 = 0;
let isFull: bool = false;
/** In a full memory sets are forgotten when this many times as many rows came as there are sets. */
const TURNS: u32 = 8;

/** Grows when what shards remember of rows of handed sets loses its meaning. */
export let handedEpoch: u32 = 1;

/** To be called when rows come between that are not of handed sets. */
export function forgetRows(): void {
  handedEpoch++;
}

/** Sets how much memory sets may take. To be called once; without it nothing is learned. */
export function boundHanded(bytes: usize): void {
  piecesMax = bytes / PIECE_BYTES;
}

/** The set with a handle, if it was learned. */
// @ts-ignore: decorator
@inline
export function handedSet(handle: u32): HandedSet | null {
  if (<usize> handle >= table.length >> 2) return null;
  return changetype<HandedSet | null>(<usize> load<u32>(table.at + (<usize> handle << 2)));
}

/** Forgets all sets, as their handles mean nothing any more. */
export function forgetHanded(): void {
  handedEpoch++;
  table.length = 0;
  current = 0;
  free = 0;
  end = 0;
  count = 0;
  rowsSince = 0;
  isFull = false;
}

/**
 * To be called with each batch. In a full memory nothing is learned, and most sets are
 * found if there are a few too many. Now and then it is emptied, as sets go out of use.
 */
export function reviewHanded(rows: u32): void {
  rowsSince += rows;
  if (isFull && rowsSince / TURNS >= count) forgetHanded();
}

/** Whether there is a point in learning. */
export function learnsSets(): bool {
  return piecesMax != 0 && !isFull;
}

/** How much memory a set takes. */
export function setBytes(fields: u32, bytes: usize): usize {
  return (HEAD_BYTES + startsBytes(fields) + bytes + 7) & ~7;
}

/** Makes a set at an address. Whoever makes it writes its fields, and where they begin. */
export function makeSet(at: usize, fields: u32, bytes: usize, isPassing: bool): HandedSet {
  const set = changetype<HandedSet>(at);
  set.isPassing = isPassing;
  set.fields = fields;
  set.bytes = bytes;
  set.sources = 0;
  // Where none are, a few bytes may be read nevertheless.
  set.elementsAt = at;
  set.elementsRoom = 0;
  return set;
}

/** Makes a set that is learned; null when there is no memory left. */
export function learnSet(handle: u32, fields: u32, bytes: usize): HandedSet | null {
  const at = takeBytes(setBytes(fields, bytes));
  if (at == 0) {
    isFull = true;
    return null;
  }
  const wanted = (<usize> handle + 1) << 2;
  if (table.length < wanted) {
    reserve(table, wanted);
    memory.fill(table.at + table.length, 0, wanted - table.length);
    table.length = wanted;
  }
  store<u32>(table.at + (<usize> handle << 2), <u32> at);
  count++;
  return makeSet(at, fields, bytes, false);
}

/** Takes memory for as long as sets are not forgotten, aligned for words; 0 when there is none left. */
export function takeBytes(bytes: usize): usize {
  const wanted = (bytes + 7) & ~7;
  if (free + wanted > end && !openPiece()) return 0;
  const at = free;
  free += wanted;
  return at;
}

function openPiece(): bool {
  if (current == piecesMax) return false;
  if (current == pieces.length >> 2) {
    // What is copied may be read and written a little past its end.
    const piece = heap.alloc(PIECE_BYTES + 64);
    reserve(pieces, pieces.length + 4);
    store<u32>(pieces.at + pieces.length, <u32> piece);
    pieces.length += 4;
  }
  free = <usize> load<u32>(pieces.at + (current << 2));
  end = free + PIECE_BYTES;
  current++;
  return true;
}
