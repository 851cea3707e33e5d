import { oneLine } from "../../visible_text.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly isNumber?: true;
}

/** Lines of a table for people: a head, and one line a row. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const all = [columns.map(({ title }) => title), ...rows.map((row) => row.map(oneLine))];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? "").length)));
  return all.map((row) =>
    columns.map(({ isNumber }, at) => {
      const text = row[at] ?? "";
      return isNumber ? text.padStart(widths[at]!) : text.padEnd(widths[at]!);
    }).join("  ").trimEnd()
  );
}

/** 12,345 */
export function shownCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** "1.4 GiB": for people, rounded. */
export function shownBytes(bytes: number): string {
  const power = Math.min(
    BYTE_UNITS.length - 1,
    bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10),
  );
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[power]}`;
}
