/** `walq export`, `walq import` and `walq convert`. What they tell goes to standard error where a text goes to standard output. */
import {
  type Converted,
  convertToBatch,
  convertToText,
  type Form,
  FORM_HEAD_BYTES,
  formOf,
  formOfHead,
} from "../../../tools/convert.ts";
import { type Exported, exportQueue } from "../../../tools/export.ts";
import { exportText } from "../../../tools/export_text.ts";
import { type Imported, importExport } from "../../../tools/import.ts";
import { importText } from "../../../tools/import_text.ts";
import { ownerOf } from "../../../tools/owned.ts";
import { peeked } from "../../../tools/peeked.ts";
import { isTar } from "../../../tools/tar.ts";
import type { NotCarried, TextForm } from "../../../tools/text_forms.ts";
import { openTextFile, type TextSink } from "../../../tools/text_sink.ts";
import { VERSION } from "../../../version.ts";
import type { AgentHost } from "../../host.ts";
import { UsageError } from "../../usage_error.ts";
import type { CommandArgs } from "../command_args.ts";
import { Progress } from "../progress.ts";
import { FINE, FOUND, PASSED_OVER } from "../row.ts";
import { shownBytes, shownCount } from "../text_table.ts";
import { isFile, namedQueue, toolsOf } from "./queue_path.ts";
import { oneLine } from "../../../visible_text.ts";

/** Standard output, as a path. */
const STANDARD_OUTPUT = "-";
/** Standard input, as a path. */
const STANDARD_INPUT = "-";

export async function runExport(args: CommandArgs, host: AgentHost): Promise<number> {
  const { path: dataPath } = await namedQueue(args, host, false);
  const to = args.positionals[0]!;
  const nowMs = host.platform.clock.nowMs();
  const choice = {
    endpoint: args.text("--endpoint"),
    fromMs: args.timeMs("--from", nowMs),
    toMs: args.timeMs("--to", nowMs),
  };
  const form = args.needed("--format");
  const moves = args.has("--move");
  if (form !== "walq") {
    if (moves) throw new UsageError(`--move needs --format walq: ${form} does not carry all`);
    return await exportAsText({ dataPath, ...choice, form: form as TextForm }, to, host);
  }
  if (to === STANDARD_OUTPUT) throw new UsageError("--format walq needs a file or a directory");
  const owner = moves ? undefined : await ownerOf(dataPath, host.platform);
  const as = to.endsWith(".tar") ? "archive" : "directory";
  const exported = await withProgress(
    host,
    "exporting",
    "files",
    (tools) => exportQueue({ dataPath, ...choice, to, as, moves, version: VERSION }, tools),
  );
  await tell(host, exportedLines(exported, { to, moves, owner }));
  return FINE;
}

function exportedLines(
  { files, bytes, signals, gone, damaged, leftOut }: Exported,
  of: { readonly to: string; readonly moves: boolean; readonly owner: string | undefined },
): string[] {
  const did = of.moves ? "moved" : "copied";
  return [
    `${did} ${shownCount(files)} batches, ${shownBytes(bytes)}, ${
      shownCount(signals)
    } signals to ${of.to}`,
    ...countLines([
      [leftOut, "batches are not of that time, and were left"],
      [gone, "batches were delivered meanwhile"],
      [damaged, "batches are damaged, and were taken as they are"],
    ]),
    ...(of.owner === undefined ? [] : [
      `${of.owner} has the queue open: this is a copy of one moment, and it sends what is in it, too`,
    ]),
  ];
}

async function exportAsText(
  options: Parameters<typeof exportText>[0],
  to: string,
  host: AgentHost,
): Promise<number> {
  const sink = await sinkOf(to, host);
  const exported = await withProgress(
    host,
    "exporting",
    "files",
    (tools) => exportText(options, sink, tools),
  );
  const { files, samples, gone, damaged, notCarried } = exported;
  await tell(host, [
    `wrote ${shownCount(samples)} samples of ${shownCount(files)} batches`,
    ...notCarriedLines(notCarried, options.form),
    ...countLines([
      [gone, "batches were delivered meanwhile"],
      [damaged, 'batches are damaged, and are not in it; "walq verify" says more'],
    ]),
  ], to);
  return damaged > 0 ? FOUND : FINE;
}

export async function runImport(args: CommandArgs, host: AgentHost): Promise<number> {
  const { path: dataPath, endpoints: known } = await namedQueue(args, host, false);
  const from = args.positionals[0]!;
  const endpoints = args.texts("--endpoint");
  const format = args.needed("--format");
  const input = from === STANDARD_INPUT
    ? await peeked(host.readInput(), FORM_HEAD_BYTES)
    : undefined;
  const form = input === undefined
    ? await importedForm(from, format, host)
    : formOfInput(input.head, format);
  if (form !== "walq") {
    if (endpoints.length === 0) throw new UsageError("a text needs --endpoint NAME");
    const text = input === undefined ? { from } : { from: "standard input", stream: input.all };
    return await importAsText({ ...text, form, dataPath, endpoints }, host);
  }
  const imported = await withProgress(
    host,
    "importing",
    "files",
    (tools) => importExport({ from, dataPath, of: args.text("--of"), endpoints, known }, tools),
  );
  await tell(host, importedLines(imported));
  return imported.damaged > 0 ? FOUND : FINE;
}

async function importedForm(
  from: string,
  format: string,
  host: AgentHost,
): Promise<"walq" | TextForm> {
  if (format !== "auto") return format as "walq" | TextForm;
  if (!await isFile(from, host)) return "walq";
  if (isTar((await host.platform.files.readHead(from, 512)).bytes)) return "walq";
  const form = await formOf(host.platform.files, from);
  if (form !== "batch") return form;
  throw new UsageError(ONE_BATCH);
}

const ONE_BATCH = "FROM is one batch; expected an export, or a text";

/** An archive says at its end whether it is whole, and is read again from its beginning then. */
function formOfInput(head: Uint8Array, format: string): TextForm {
  if (format === "jsonl" || format === "openmetrics") return format;
  const form = format === "walq" || isTar(head) ? "walq" : formOfHead(head, "standard input");
  if (form === "jsonl" || form === "openmetrics") return form;
  throw new UsageError(
    form === "walq"
      ? "an export is read twice, so it needs a file or a directory; - is for texts"
      : ONE_BATCH,
  );
}

function importedLines(imported: Imported): string[] {
  const { files, bytes, signals, before, damaged, endpoints } = imported;
  return [
    `imported ${shownCount(files)} batches, ${shownBytes(bytes)}, ${
      shownCount(signals)
    } signals, ` +
    `for ${endpoints.join(", ") || "nobody"}`,
    ...countLines([
      [before, "batches were imported before"],
      [damaged, "batches are damaged: they go to quarantine when it is their turn"],
    ]),
  ];
}

async function importAsText(
  options: Parameters<typeof importText>[0],
  host: AgentHost,
): Promise<number> {
  const { files, signals, before, invalid, firstInvalid, stopped } = await withProgress(
    host,
    "importing",
    "bytes",
    (tools) => importText(options, tools),
  );
  await tell(host, [
    `imported ${shownCount(signals)} signals in ${shownCount(files)} batches, for ` +
    options.endpoints.join(", "),
    ...countLines([
      [before, "pieces of it were imported before"],
      [invalid, `signals break a rule, and were left out; the first: ${firstInvalid}`],
    ]),
    ...(stopped === undefined ? [] : [`the rest was not imported: ${stopped}`]),
  ]);
  if (stopped !== undefined) return PASSED_OVER;
  return invalid > 0 ? FOUND : FINE;
}

export async function runConvert(args: CommandArgs, host: AgentHost): Promise<number> {
  const [from, path] = args.positionals as [string, string];
  if (from === STANDARD_INPUT) {
    throw new UsageError('FROM is a file; "walq import -" takes a text from standard input');
  }
  const to = args.needed("--to") as Form;
  const tools = await toolsOf(host);
  const isBatch = to === "walq" || to === "alloy";
  if (isBatch && path === STANDARD_OUTPUT) throw new UsageError(`--to ${to} needs a file`);
  const converted = isBatch
    ? await convertToBatch({ from, to: path }, to, tools)
    : await convertToText(from, to, await sinkOf(path, host), tools);
  if (args.text("--format") === "json") await tell(host, [JSON.stringify(converted)], path);
  else await tell(host, convertedLines(converted), path);
  return converted.invalid > 0 ? FOUND : FINE;
}

function convertedLines(
  { from, to, signals, notCarried, invalid, firstInvalid }: Converted,
): string[] {
  return [
    `converted ${shownCount(signals)} signals from ${from} to ${to}`,
    ...notCarriedLines(notCarried, to),
    ...countLines([
      [invalid, `signals break a rule, and were left out; the first: ${firstInvalid}`],
    ]),
  ];
}

function notCarriedLines(notCarried: NotCarried, form: Form): string[] {
  const { histograms, exemplars, metadata, staleMarkers, notNumbers, starts } = notCarried;
  return countLines([
    [histograms, `native histograms were left out: ${form} cannot carry them`],
    [exemplars, `exemplars were left out: ${form} cannot carry them`],
    [metadata, `metadata entries were left out: ${form} cannot carry them`],
    [staleMarkers, `stale markers were left out: ${form} cannot carry them`],
    [starts, `start timestamps were left out: ${form} cannot carry them`],
    [notNumbers, `samples that are NaN were left out: ${form} cannot carry them`],
    [notCarried.unsupported, "signals were left out: nothing can carry them"],
  ]);
}

function countLines(counts: readonly (readonly [number, string])[]): string[] {
  return counts.flatMap(([count, what]) => count > 0 ? [`${shownCount(count)} ${what}`] : []);
}

/** Lines for whoever runs the command, not in the way of a text. */
async function tell(host: AgentHost, lines: readonly string[], to?: string): Promise<void> {
  const output = to === STANDARD_OUTPUT ? "stderr" : "stdout";
  await host.print(output, lines.map((line) => `${oneLine(line)}\n`).join(""));
}

async function sinkOf(to: string, host: AgentHost): Promise<TextSink> {
  if (to !== STANDARD_OUTPUT) return await openTextFile(host.platform.files, to);
  return { write: (text) => host.print("stdout", text), end: () => Promise.resolve() };
}

async function withProgress<Result>(
  host: AgentHost,
  what: string,
  unit: "files" | "bytes",
  work: (tools: Awaited<ReturnType<typeof toolsOf>>) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(host, { what, unit });
  try {
    return await work(await toolsOf(host, (done) => progress.advance(done)));
  } finally {
    await progress.end();
  }
}
