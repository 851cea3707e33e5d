/** The tables in docs/options.md, from the rows. What is around them is written by hand. */
import { blocksOf, type FileBlock } from "../../src/agent/config/file_block.ts";
import { spellingsOf } from "../../src/options/block.ts";
import { aligned, putRows } from "../markdown.ts";
import type { AnyBlock, AnyKind, AnyOption, Rows } from "../../src/options/table.ts";

/** A table of the page. */
export interface PageTable {
  readonly block: AnyBlock;
  /** Where the file has it: `queue`, `remote_write[]`. */
  readonly place: string;
  /** The library has these options, too. */
  readonly inLibrary: boolean;
  /** Rows that it leaves out, since another table has them. */
  readonly without?: Rows;
}

/** Puts each table between its marks: `<!-- rows: QueueOptions -->` and `<!-- end of rows -->`. */
export function renderPage(page: string, tables: readonly PageTable[], file: FileBlock): string {
  return putRows(renderTables(page, tables), "keys of Prometheus", renderPrometheusKeys(file));
}

/** The same for a page without those of Prometheus. */
export function renderTables(page: string, tables: readonly PageTable[]): string {
  return tables.reduce((text, table) => putRows(text, table.block.name, renderTable(table)), page);
}

/** What becomes of the keys of Prometheus that are no options; docs/scraping.md has those of jobs in words. */
function renderPrometheusKeys(file: FileBlock): string {
  const blocks = [...blocksOf(file)].filter(({ path }) => !path.startsWith("scrape_configs"));
  const lines = blocks.flatMap(({ path, prometheus }) => {
    const { accepted = {}, unsupported = {} } = prometheus;
    const told = [
      ...Object.entries(accepted).map(([name, { doc }]) => [name, doc] as const),
      ...Object.entries(unsupported).map(([name, why]) => [name, `not supported: ${why}`] as const),
    ];
    return told.map(([name, doc]) => [`\`${path === "" ? name : `${path}.${name}`}\``, doc]);
  });
  return aligned([["in YAML", "what becomes of it"], ...lines]);
}

function renderTable({ block, place, inLibrary, without = {} }: PageTable): string {
  const leftOut = new Set(Object.keys(without));
  const head = [...(inLibrary ? ["option"] : []), "in YAML", "default", "bounds", ""];
  const rows = rowsOf(block, place).filter(({ option }) => !leftOut.has(option.split(".")[0]!));
  const lines = rows.map(({ option, keys, row }) => [
    ...(inLibrary ? [`\`${option}\``] : []),
    keys.map((key) => `\`${key}\``).join(" or ") || "not there",
    defaultOf(row) + prometheusDefaultOf(row),
    boundsOf(row.kind),
    row.doc,
  ]);
  return aligned([head, ...lines].map((line) => line.map((cell) => cell.replaceAll("|", "\\|"))));
}

interface PageRow {
  readonly option: string;
  readonly keys: readonly string[];
  readonly row: AnyOption;
}

/** The rows of a block, and those of the blocks within it; a list has a table of its own. */
function rowsOf(block: AnyBlock, place: string): PageRow[] {
  return Object.entries(block.rows).flatMap(([option, row]): PageRow[] => {
    const keys = spellingsOf(option, row).map(({ key }) =>
      key.startsWith("/") ? key.slice(1) : `${place}${key}`
    );
    const { block: inner, written } = row.kind;
    if (inner === undefined || written === "blocks") return [{ option, keys, row }];
    const name = written === "named blocks" ? ".<name>" : "";
    return rowsOf(inner, `${keys[0]}${name}.`).map((one) => ({
      ...one,
      option: `${option}${name}.${one.option}`,
      keys: one.option === row.kind.textIs ? [...keys, ...one.keys] : one.keys,
    }));
  });
}

function boundsOf({ bounds, texts = [] }: AnyKind): string {
  return bounds ?? texts.map((text) => `\`${text}\``).join(", ");
}

function prometheusDefaultOf({ prometheusDefault }: AnyOption): string {
  return prometheusDefault === undefined ? "" : ` (Prometheus: \`${prometheusDefault}\`)`;
}

function defaultOf({ presence, fileDefault, defaultDoc, default: value }: AnyOption): string {
  if (fileDefault !== undefined) return `in YAML \`${fileDefault}\``;
  if (presence === "required") return defaultDoc ?? "has to be given";
  if (defaultDoc !== undefined) return defaultDoc;
  if (presence === "optional" || typeof value === "object") return "";
  return `\`${value}\``;
}
