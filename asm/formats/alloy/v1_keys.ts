/**
 * The keys of an Alloy v1 file, each as the MessagePack string that stands
 * before its value. They are laid out from their texts when the module starts, so
 * that a key is written and compared in words. Their lengths are constants, so
 * that the compiler unrolls what moves them.
 */
import { NIL } from "../../codec/msgpack_read";
import { writeFixString } from "../../codec/msgpack_write";

export const STRINGS: usize = memory.data(16, 8);
export const STRINGS_BYTES: usize = 8;
layOut("Strings", STRINGS, STRINGS_BYTES);

export const SERIES: usize = memory.data(16, 8);
export const SERIES_BYTES: usize = 7;
layOut("Series", SERIES, SERIES_BYTES);

export const METADATA: usize = memory.data(16, 8);
export const METADATA_BYTES: usize = 9;
layOut("Metadata", METADATA, METADATA_BYTES);

export const NAMES: usize = memory.data(16, 8);
export const NAMES_BYTES: usize = 12;
layOut("LabelsNames", NAMES, NAMES_BYTES);

export const VALUES: usize = memory.data(16, 8);
export const VALUES_BYTES: usize = 13;
layOut("LabelsValues", VALUES, VALUES_BYTES);

export const TS: usize = memory.data(16, 8);
export const TS_BYTES: usize = 3;
layOut("TS", TS, TS_BYTES);

export const VALUE: usize = memory.data(16, 8);
export const VALUE_BYTES: usize = 6;
layOut("Value", VALUE, VALUE_BYTES);

export const HASH: usize = memory.data(16, 8);
export const HASH_BYTES: usize = 5;
layOut("Hash", HASH, HASH_BYTES);

export const HISTOGRAMS: usize = memory.data(16, 8);
export const HISTOGRAMS_BYTES: usize = 11;
layOut("Histograms", HISTOGRAMS, HISTOGRAMS_BYTES);

/** The end of a row without histograms, which is a key with its value. */
export const NO_HISTOGRAMS: usize = memory.data(48, 8);
export const NO_HISTOGRAMS_BYTES: usize = 39;
layOutNoHistograms();

function layOut(text: string, at: usize, bytes: usize): void {
  checkEnd(writeFixString(at, text), at, bytes);
}

/** "Histograms": {"Histogram": nil, "FloatHistogram": nil} */
function layOutNoHistograms(): void {
  let to = writeFixString(NO_HISTOGRAMS, "Histograms");
  store<u8>(to++, 0x82);
  to = writeFixString(to, "Histogram");
  store<u8>(to++, <u8> NIL);
  to = writeFixString(to, "FloatHistogram");
  store<u8>(to++, <u8> NIL);
  checkEnd(to, NO_HISTOGRAMS, NO_HISTOGRAMS_BYTES);
}

/** A length that is not that of its text stops the module at its start. */
function checkEnd(end: usize, at: usize, bytes: usize): void {
  if (end != at + bytes) unreachable();
}
