/** `walq inspect`, `walq verify` and `walq repair`. */
import {
  type DirectoryTotals,
  type FileLine,
  type InspectedEndpoint,
  type InspectedFile,
  inspectFile,
  inspectQueue,
} from "../../../tools/inspect.ts";
import { ownerOf } from "../../../tools/owned.ts";
import { chosen, listQueue } from "../../../tools/queue_listing.ts";
import { repairQueue, type RepairStep } from "../../../tools/repair.ts";
import { parseSelector } from "../../../tools/selector.ts";
import { signalText } from "../../../tools/signal.ts";
import { filesToVerify, verifyListings } from "../../../tools/verify.ts";
import type { AgentHost } from "../../host.ts";
import type { CommandArgs } from "../command_args.ts";
import { shownMoment } from "../moment.ts";
import { CommandOutput } from "../output.ts";
import { Progress } from "../progress.ts";
import { QUERY_FLAGS } from "../query_flags.ts";
import { FINE, FOUND } from "../row.ts";
import { shownBytes, shownCount } from "../text_table.ts";
import { UsageError } from "../../usage_error.ts";
import { isFile, namedQueue, refuseArchive, refuseMarked, toolsOf } from "./queue_path.ts";
import { oneLine } from "../../../visible_text.ts";

export async function inspect(args: CommandArgs, host: AgentHost): Promise<number> {
  const output = CommandOutput.of(args, host);
  const paths = args.positionals.length > 1
    ? args.positionals
    : [(await namedQueue(args, host)).path];
  let code = FINE;
  for (const path of paths) {
    if (!await isFile(path, host)) {
      await refuseMarked(path, host.platform.files);
      await showQueue(path, args, host, output);
    } else if (!await showFile(path, args, host, output)) code = FOUND;
  }
  await output.end();
  return code;
}

/** False when nothing in it is what `--match` selects. */
async function showFile(
  path: string,
  args: CommandArgs,
  host: AgentHost,
  output: CommandOutput,
): Promise<boolean> {
  const match = args.text("--match");
  const show = {
    limit: args.count("--limit") ?? 0,
    selector: match === undefined ? undefined : parseSelector(match),
  };
  await refuseArchive(path, host);
  const file = await inspectFile(path, show, await toolsOf(host));
  const isNothing = match !== undefined && show.limit > 0 && file.shown.length === 0;
  if (output.isJson) await output.json(file);
  else {
    await output.lines(fileLines(file));
    await output.lines(file.shown.map((one) => `  ${oneLine(signalText(one, shownMoment))}`));
    if (isNothing) await output.line(oneLine(`  nothing in it is ${match}`));
  }
  return !isNothing;
}

function fileLines(file: InspectedFile): string[] {
  const { kinds, times } = file;
  const of = (count: number, what: string): string => `${shownCount(count)} ${what}`;
  return [
    oneLine(file.path),
    `  ${file.meta["version"]}, ${file.meta["compression"] ?? "none"}, checksum ${file.checksum}`,
    `  ${shownBytes(file.bytes)}, ${shownBytes(file.uncompressedBytes)} uncompressed` +
    (file.bytesPerSample === undefined ? "" : `, ${file.bytesPerSample.toFixed(2)} bytes a sample`),
    `  ${of(kinds.samples, "samples")} (${of(file.staleMarkers, "stale")}), ` +
    `${of(kinds.histograms, "histograms")}, ${of(kinds.exemplars, "exemplars")}, ` +
    `${of(kinds.metadata, "metadata")} of ${of(file.series, "series")}; ` +
    `${of(file.starts, "with a start timestamp")}`,
    `  ${times === undefined ? "no timestamps" : spanText(times)}`,
    ...(file.unsupported > 0 ? [`  ${of(file.unsupported, "signals that cannot be sent")}`] : []),
  ];
}

function spanText({ oldestMs, newestMs }: NonNullable<DirectoryTotals["times"]>): string {
  return `${shownMoment(oldestMs)} to ${shownMoment(newestMs)}`;
}

async function showQueue(
  path: string,
  args: CommandArgs,
  host: AgentHost,
  output: CommandOutput,
): Promise<void> {
  const progress = new Progress(host, { what: "reading heads", unit: "files" });
  const lines: FileLine[] = [];
  const onFile = async (line: FileLine): Promise<void> => {
    if (output.isJson) return void lines.push(line);
    await progress.end();
    await output.line(fileLine(line));
  };
  const endpoints = await inspectQueue(path, {
    onFile: args.has("--files") ? onFile : undefined,
    endpoint: args.text("--endpoint"),
  }, await toolsOf(host, (done) => progress.advance(done)));
  await progress.end();
  const owner = await ownerOf(path, host.platform).catch(() => undefined);
  if (output.isJson) {
    const files = args.has("--files") ? { files: lines } : {};
    return await output.json({ path, openedBy: owner ?? null, endpoints, ...files });
  }
  await output.table([
    { title: "endpoint" },
    { title: "directory" },
    { title: "files", isNumber: true },
    { title: "bytes", isNumber: true },
    { title: "signals", isNumber: true },
    { title: "from" },
    { title: "to" },
  ], endpoints.flatMap(endpointRows));
  for (const endpoint of endpoints) await output.lines(remarksOf(endpoint));
  if (owner !== undefined) await output.line(`${owner} has it open`);
}

function fileLine({ endpoint, directory, name, bytes, signals, format, times, remark }: FileLine) {
  const span = times === undefined ? "" : ` ${spanText(times)}`;
  const text = `${endpoint}/${directory}/${name} ${shownBytes(bytes)} ${shownCount(signals)} ` +
    `signals ${format}${span}${remark === undefined ? "" : `: ${remark}`}`;
  return oneLine(text);
}

function endpointRows(endpoint: InspectedEndpoint): string[][] {
  const { name, rejected } = endpoint;
  const rows = (["pending", "quarantine", "delivered"] as const)
    .filter((part) => part === "pending" || endpoint[part].files > 0)
    .map((part) => {
      const { files, bytes, signals, times } = endpoint[part];
      return [
        name,
        part,
        shownCount(files),
        shownBytes(bytes),
        shownCount(signals),
        times === undefined ? "" : shownMoment(times.oldestMs),
        times === undefined ? "" : shownMoment(times.newestMs),
      ];
    });
  if (rejected.files === 0) return rows;
  const { files, bytes, signals } = rejected;
  return [...rows, [
    name,
    "rejected",
    shownCount(files),
    shownBytes(bytes),
    shownCount(signals),
  ]];
}

function remarksOf({ name, pending, others }: InspectedEndpoint): string[] {
  const remarks = [
    [pending.unreadable, 'pending files whose head cannot be read; "walq verify" says why'],
    [
      others.temporary,
      'files of writes that were cut short; the next start, or "walq repair", removes them',
    ],
    [others.importing, 'files of an import that was cut short; "walq import" goes on with it'],
    [others.foreign, "files that are not the queue's"],
  ] as const;
  return remarks.flatMap(([count, what]) => count > 0 ? [`${name}: ${count} ${what}`] : []);
}

/** What is about a receiver that is asked. */
const ASKING_FLAGS: readonly string[] = QUERY_FLAGS.map(({ name }) => name)
  .filter((name) => name !== "--endpoint");

export async function verify(args: CommandArgs, host: AgentHost): Promise<number> {
  const alone = ASKING_FLAGS.find((flag) => args.has(flag));
  if (alone !== undefined) throw new UsageError(`${alone} goes with --query-url alone`);
  const { path } = await namedQueue(args, host);
  if (await isFile(path, host)) await refuseArchive(path, host);
  const output = CommandOutput.of(args, host);
  const listings = chosen(await listQueue(host.platform.files, path), args.text("--endpoint"));
  const total = filesToVerify(listings);
  const progress = new Progress(host, { what: "verifying", total, unit: "files" });
  const damaged: unknown[] = [];
  const found = await verifyListings(listings, async (file) => {
    if (output.isJson) damaged.push(file);
    else {
      await progress.end();
      await output.line(oneLine(`damaged: ${file.path}: ${file.what}`));
    }
  }, await toolsOf(host, (done) => progress.advance(done)));
  await progress.end();
  if (output.isJson) await output.json({ path, ...found, damagedFiles: damaged });
  else {
    const { files, bytes, signals } = found;
    const whole = files - found.damaged;
    await output.line(
      `${shownCount(whole)} of ${shownCount(files)} files are whole: ${shownBytes(bytes)}, ` +
        `${shownCount(signals)} signals`,
    );
    const others = [
      [found.withoutChecksum, "files without a checksum, whose data can be read"],
      [found.setAside, "files in quarantine"],
      [found.temporary, "files of writes that were cut short"],
      [found.importing, "files of an import that was cut short"],
      [found.foreign, "files that are not the queue's"],
      [found.gone, "files that were delivered meanwhile"],
    ] as const;
    for (const [count, what] of others) {
      if (count > 0) await output.line(`${shownCount(count)} ${what}`);
    }
  }
  await output.end();
  return found.damaged > 0 ? FOUND : FINE;
}

export async function repair(args: CommandArgs, host: AgentHost): Promise<number> {
  const { path } = await namedQueue(args, host);
  const output = CommandOutput.of(args, host);
  const isDryRun = args.has("--dry-run");
  const progress = new Progress(host, { what: "repairing", unit: "files" });
  const steps: RepairStep[] = [];
  let count = 0;
  const options = { isDryRun, restores: args.has("--restore") };
  await repairQueue(path, options, async (step) => {
    count++;
    if (output.isJson) return void steps.push(step);
    await progress.end();
    await output.line(
      oneLine(`${isDryRun ? "would be " : ""}${WORDS[step.did]}: ${step.path}: ${step.why}`),
    );
  }, await toolsOf(host, (done) => progress.advance(done)));
  await progress.end();
  if (output.isJson) await output.json({ path, isDryRun, steps });
  else {
    await output.line(
      count === 0
        ? "there is nothing to repair"
        : `${shownCount(count)} ${count === 1 ? "thing" : "things"} ` +
          `${isDryRun ? "to do" : "done"}`,
    );
  }
  await output.end();
  return FINE;
}

const WORDS: Readonly<Record<RepairStep["did"], string>> = {
  set_aside: "set aside",
  removed: "removed",
  restored: "restored",
  noted: "noted",
  reserved: "reserved",
};
