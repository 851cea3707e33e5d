import type {
  BatchCounts,
  DroppedBatches,
  PassedOver,
  QueueActions,
  RejectedRequest,
} from "../../contracts.ts";
import type { CommandArgs } from "../commands/command_args.ts";
import { shownMoment } from "../commands/moment.ts";
import { CommandOutput } from "../commands/output.ts";
import { FINE, FOUND, PASSED_OVER } from "../commands/row.ts";
import { type Column, shownBytes, shownCount } from "../commands/text_table.ts";
import type { AgentHost } from "../host.ts";
import { UsageError } from "../usage_error.ts";
import { alikeNames } from "./alike_names.ts";
import { AskError } from "./api_client.ts";
import { openPlace } from "./place.ts";
import { RunningQueue } from "./running_queue.ts";
import { readStatus } from "./status_rows.ts";
import { oneLine } from "../../visible_text.ts";

const REASON_LENGTH_MAX = 80;

/** `walq drop`. */
export async function drop(args: CommandArgs, host: AgentHost): Promise<number> {
  const beforeMs = args.timeMs("--before", host.platform.clock.nowMs())!;
  const future = args.has("--future") || undefined;
  const choice = { endpoint: args.text("--endpoint"), beforeMs, future };
  const isDryRun = args.has("--dry-run");
  return await withQueue(args, host, async (queue, shown, output) => {
    if (!isDryRun && !args.has("--yes")) {
      const what = `what is older than ${shownMoment(beforeMs)} of ${choice.endpoint ?? "all"}`;
      const dry = await queue.dropBefore({ ...choice, dryRun: true });
      const question = `${shown}: drop ${what}: ${droppedCounts(dry)}? [y/N] `;
      const answer = await host.ask(question);
      if (answer === undefined) {
        throw new UsageError(
          "nobody can be asked whether to drop: standard input is no terminal, so give --yes",
        );
      }
      if (!/^y(es)?$/i.test(answer.trim())) {
        host.err("walq: nothing was dropped");
        return FOUND;
      }
    }
    const dropped = await queue.dropBefore({ ...choice, dryRun: isDryRun });
    await told(output, { dryRun: isDryRun, before: shownMoment(beforeMs), ...dropped }, [
      `${isDryRun ? "would drop" : "dropped"} ${droppedCounts(dropped)}`,
    ]);
    return FINE;
  });
}

/** `walq replay`. */
export async function replay(args: CommandArgs, host: AgentHost): Promise<number> {
  const nowMs = host.platform.clock.nowMs();
  const [fromMs, toMs] = [args.timeMs("--from", nowMs)!, args.timeMs("--to", nowMs)!];
  if (fromMs >= toMs) throw new UsageError("--from is not before --to");
  const dryRun = args.has("--dry-run");
  const endpoint = args.text("--endpoint");
  return await withQueue(args, host, async (queue, _shown, output) => {
    const sent = await queue.replay({ endpoint, fromMs, toMs, dryRun });
    const span = { from: shownMoment(fromMs), to: shownMoment(toMs) };
    const isNothing = sent.batches + sent.damaged === 0;
    await told(output, { dryRun, ...span, ...sent }, [
      `${dryRun ? "would send again" : "to be sent again"}: ${counts(sent)}`,
      ...passedOverLines(sent),
      ...(isNothing
        ? [
          `nothing of the time from ${span.from} to ${span.to} is kept; ` +
          "queue_config.keep_delivered says whether, and how long",
        ]
        : []),
    ]);
    return isNothing ? FOUND : codeOf(sent);
  });
}

/** `walq retry-rejected`. */
export async function retryRejected(args: CommandArgs, host: AgentHost): Promise<number> {
  const ids = args.texts("--id");
  const endpoint = args.text("--endpoint");
  return await withQueue(args, host, async (queue, _shown, output) => {
    // Those that are sent are not there any more when it is asked what looks like the others.
    const kept = ids.length > 0 ? await queue.rejected({ endpoint }) : [];
    const sent = await queue.retryRejected({ endpoint, ...(ids.length > 0 && { ids }) });
    const { requests, signals, unknownIds } = sent;
    await told(output, sent, [
      `to be sent again: ${shownCount(requests)} requests, ${shownCount(signals)} signals`,
      ...await othersLines(queue, output),
      ...passedOverLines(sent),
      ...unknownIds.map((id) => unknownLine(id, kept.map((one) => one.id))),
    ]);
    return unknownIds.length > 0 ? FOUND : codeOf(sent);
  });
}

/** What endpoints refused is on the host of who sent it: others that send the same stream have their own. */
async function othersLines(queue: QueueActions, output: CommandOutput): Promise<string[]> {
  if (output.isJson || !(queue instanceof RunningQueue)) return [];
  try {
    const stream = readStatus(await queue.status()).queue?.stream;
    if (stream === undefined || (stream.sends && stream.senders.length < 2)) return [];
    const what = "of this process alone: each one that sends the stream";
    return [oneLine(`${what} ${stream.stream} keeps what it was refused itself`)];
  } catch (error) {
    if (error instanceof AskError) return [];
    throw error;
  }
}

function passedOverLines({ damaged, damagedFiles }: PassedOver): string[] {
  const more = damaged - damagedFiles.length;
  return [
    ...damagedFiles.map((name) => oneLine(`damaged, and passed over: ${name}`)),
    ...(more > 0 ? [`damaged, and passed over: ${shownCount(more)} more`] : []),
  ];
}

function codeOf({ damaged }: PassedOver): number {
  return damaged > 0 ? PASSED_OVER : FINE;
}

function unknownLine(id: string, kept: readonly string[]): string {
  const alike = alikeNames(id, kept);
  const rest = alike.length > 0
    ? `like it ${alike.length === 1 ? "is" : "are"} ${alike.join(", ")}`
    : `${shownCount(kept.length)} requests are kept, and "walq rejected" lists them`;
  return oneLine(`no such id: ${id}; ${rest}`);
}

const REJECTED_COLUMNS: readonly Column[] = [
  { title: "ENDPOINT" },
  { title: "ID" },
  { title: "REJECTED" },
  { title: "STATUS", isNumber: true },
  { title: "SIGNALS", isNumber: true },
  { title: "SIZE", isNumber: true },
  { title: "OLDEST" },
  { title: "NEWEST" },
  { title: "REASON" },
];

/** `walq rejected`. */
export async function listRejected(args: CommandArgs, host: AgentHost): Promise<number> {
  const endpoint = args.text("--endpoint");
  return await withQueue(args, host, async (queue, shown, output) => {
    const all = await queue.rejected({ endpoint });
    if (output.isJson) { for (const one of all) await output.json(one); }
    else if (all.length === 0) await output.line(`${shown}: nothing that was refused is kept`);
    else await output.table(REJECTED_COLUMNS, all.map(rejectedRow));
    await output.lines(await othersLines(queue, output));
    // After the list, which may have been the first to read them.
    const passedOver = await queue.damagedRejected({ endpoint });
    if (passedOver.damaged > 0) await told(output, passedOver, passedOverLines(passedOver));
    return codeOf(passedOver);
  });
}

function rejectedRow(one: RejectedRequest): string[] {
  const { endpoint, id, rejectedAtMs, status, signals, bytes, oldestMs, newestMs, reason } = one;
  const words = oneLine(reason);
  return [
    endpoint,
    id,
    shownMoment(rejectedAtMs),
    status === undefined ? "-" : String(status),
    shownCount(signals),
    shownBytes(bytes),
    ...spanOf({ oldestMs, newestMs }),
    words.length > REASON_LENGTH_MAX ? `${words.slice(0, REASON_LENGTH_MAX)}...` : words,
  ];
}

/** Metadata alone is of no time, for which zero stands. */
function spanOf(
  { oldestMs, newestMs }: Pick<RejectedRequest, "oldestMs" | "newestMs">,
): string[] {
  return newestMs === 0 ? ["-", "-"] : [shownMoment(oldestMs), shownMoment(newestMs)];
}

/** Opens the queue that the flags say, and closes it whatever comes of it. */
async function withQueue(
  args: CommandArgs,
  host: AgentHost,
  act: (queue: QueueActions, shown: string, output: CommandOutput) => Promise<number>,
): Promise<number> {
  const { queue, shown } = await openPlace(args, host);
  const output = CommandOutput.of(args, host);
  try {
    return await act(queue, shown, output);
  } finally {
    await queue.close();
    await output.end();
  }
}

async function told(output: CommandOutput, value: object, lines: readonly string[]): Promise<void> {
  if (output.isJson) await output.json(value);
  else await output.lines(lines);
}

/** Where others send a part of the stream, that it is not of all of it. */
function droppedCounts(dropped: DroppedBatches): string {
  const { partOf } = dropped;
  if (partOf === undefined) return counts(dropped);
  const { stream, sent, partitions } = partOf;
  return `${counts(dropped)} of the ${shownCount(sent)} of ${shownCount(partitions)} partitions ` +
    oneLine(`of the stream ${stream} that this process sends: ask each one that sends`);
}

function counts({ batches, signals }: BatchCounts): string {
  return `${shownCount(batches)} files, ${shownCount(signals)} signals`;
}
