/** Writes the open batch, or a part of it, as `walq.metrics.v1`: docs/format.md. */
import { Buffer, createBuffer, reserve, reserveMore } from "../../bytes/memory";
import { writeVarint } from "../../codec/protobuf";
import { METADATA_BYTES, metadata, ROW_BYTES, rows } from "../../batch/rows";
import {
  collectSets,
  LabelSet,
  SET_BYTES,
  setCount,
} from "../../batch/set_dictionary";
import { setOfShape, sets, shapeCount } from "../../batch/set_dictionary";
import {
  LAYOUT,
  MAGIC,
  SECTION_CONTROLS,
  SECTION_EXEMPLARS,
  SECTION_HISTOGRAMS,
  SECTION_KINDS,
  SECTION_METADATA,
  SECTION_METADATA_SWITCHES,
  SECTION_ROW_SETS,
  SECTION_SET_SHAPES,
  SECTION_SET_VALUES,
  SECTION_SHAPES,
  SECTION_STARTS,
  SECTION_STRING_BYTES,
  SECTION_STRING_LENGTHS,
  SECTION_TIMESTAMPS,
  SECTION_VALUE_BYTES,
} from "./v1_layout";
import {
  controls,
  exemplarColumn,
  histogramColumn,
  kindColumn,
  metadataColumn,
  switchColumn,
  setColumn,
  startColumn,
  timestampColumn,
  valueColumn,
  writeExemplars,
  writeHistograms,
  writeKinds,
  writeMetadata,
  writeSwitches,
  writeRowColumns,
  writeStarts,
} from "./v1_write_rows";
import { setValues, writeSetValues } from "./v1_write_sets";
import { beginStrings, reachSymbol, usedCount, writeLengths, writeStrings } from "./v1_write_strings";

const shapeColumn: Buffer = createBuffer();
const setShapes: Buffer = createBuffer();
const lengths: Buffer = createBuffer();
const strings: Buffer = createBuffer();

/** Writes the whole file. Strings come first in the file, but are known last: see openStrings. */
export function writeColumns(out: Buffer): void {
  collectSets();
  beginStrings();
  writeShapes();
  writeSetShapes();
  writeSetValues();
  writeKinds();
  writeRowColumns();
  writeStarts();
  writeHistograms();
  writeExemplars();
  writeMetadata();
  writeSwitches();
  lengths.length = 0;
  writeLengths(lengths);
  strings.length = 0;
  writeStrings(strings);
  writeHeader(out);
  addSection(out, SECTION_STRING_LENGTHS, lengths);
  addSection(out, SECTION_STRING_BYTES, strings);
  addSection(out, SECTION_SHAPES, shapeColumn);
  addSection(out, SECTION_SET_SHAPES, setShapes);
  addSection(out, SECTION_SET_VALUES, setValues);
  addSection(out, SECTION_KINDS, kindColumn);
  addSection(out, SECTION_ROW_SETS, setColumn);
  addSection(out, SECTION_TIMESTAMPS, timestampColumn);
  addSection(out, SECTION_CONTROLS, controls);
  addSection(out, SECTION_VALUE_BYTES, valueColumn);
  addSection(out, SECTION_STARTS, startColumn);
  addSection(out, SECTION_HISTOGRAMS, histogramColumn);
  addSection(out, SECTION_EXEMPLARS, exemplarColumn);
  addSection(out, SECTION_METADATA, metadataColumn);
  addSection(out, SECTION_METADATA_SWITCHES, switchColumn);
}

/** How many strings the last written file has. */
export function stringsWritten(): u32 {
  return usedCount;
}

function writeHeader(out: Buffer): void {
  out.length = 0;
  const at = reserve(out, 64);
  store<u32>(at, MAGIC);
  store<u8>(at, LAYOUT, 4);
  let to = writeVarint(at + 5, usedCount);
  to = writeVarint(to, shapeCount());
  to = writeVarint(to, setCount());
  to = writeVarint(to, rows.length / ROW_BYTES);
  to = writeVarint(to, metadata.length / METADATA_BYTES);
  out.length = to - at;
}

/** Writes a section. An empty one is left out. */
function addSection(out: Buffer, id: u32, content: Buffer): void {
  if (content.length == 0) return;
  let to = reserveMore(out, content.length + 8);
  store<u8>(to, id);
  to = writeVarint(to + 1, content.length);
  memory.copy(to, content.at, content.length);
  out.length = to + content.length - out.at;
}

function writeShapes(): void {
  shapeColumn.length = 0;
  for (let shape: u32 = 0; shape < shapeCount(); shape++) {
    const set = setOfShape(shape);
    const count = set.count;
    let to = writeVarint(reserveMore(shapeColumn, 5 + count * 5), count);
    const names = set.idsAt;
    for (let i: usize = 0; i < count; i++) {
      to = writeVarint(to, reachSymbol(load<u32>(names + (i << 2))));
    }
    shapeColumn.length = to - shapeColumn.at;
  }
}

function writeSetShapes(): void {
  setShapes.length = 0;
  const end = sets.at + sets.length;
  let to = reserve(setShapes, <usize> setCount() * 5);
  for (let setAt = sets.at; setAt < end; setAt += SET_BYTES) {
    to = writeVarint(to, changetype<LabelSet>(setAt).shape);
  }
  setShapes.length = to - setShapes.at;
}
