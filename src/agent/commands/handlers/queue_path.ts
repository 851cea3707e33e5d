import type { FileSystem } from "../../../contracts.ts";
import { WalqError } from "../../../errors.ts";
import { markedStream } from "../../../stream_mark.ts";
import { loadKernel } from "../../../kernel/kernel.ts";
import type { ResolvedStream } from "../../../options.ts";
import { streamUrl } from "../../../stream_url.ts";
import { isTar } from "../../../tools/tar.ts";
import type { ToolPlatform } from "../../../tools/tool_platform.ts";
import { loadConfig } from "../../config/config.ts";
import type { AgentHost } from "../../host.ts";
import { UsageError } from "../../usage_error.ts";
import type { CommandArgs } from "../command_args.ts";
import { configSource } from "../config_source.ts";
import { oneLine } from "../../../visible_text.ts";

/** A queue's directory, and the endpoints of the configuration that named it. */
export interface NamedQueue {
  readonly path: string;
  /** Undefined where no configuration was read. */
  readonly endpoints: readonly string[] | undefined;
}

/**
 * The queue that the command line names: by `--data-path`, by `--config` or, where it may be
 * so, as the first argument.
 *
 * @throws {UsageError} unless it does so once.
 */
export async function namedQueue(
  args: CommandArgs,
  host: AgentHost,
  mayBeArgument: boolean = true,
): Promise<NamedQueue> {
  const argument = mayBeArgument ? args.positionals[0] : undefined;
  const dataPath = args.text("--data-path");
  const config = args.text("--config");
  const given = [argument, dataPath, config].filter((one) => one !== undefined);
  if (given.length !== 1) {
    const got = given.length === 0 ? "nothing" : `${given.length} of them`;
    const ways = `${mayBeArgument ? "a directory, " : ""}--data-path and --config`;
    throw new UsageError(`got ${got}, expected one of ${ways}`);
  }
  if (config === undefined) {
    const path = dataPath ?? argument!;
    await refuseMarked(path, host.platform.files);
    return { path, endpoints: undefined };
  }
  const source = { ...configSource({ path: config, sets: [] }, host), purpose: "check syntax" };
  const { resolved } = await loadConfig(source as Parameters<typeof loadConfig>[0]);
  refuseStream(resolved.store);
  return { path: resolved.dataPath, endpoints: resolved.endpoints.map(({ name }) => name) };
}

/**
 * Refuses a configuration whose batches are in a stream, where files are looked at.
 *
 * @throws {WalqError} `INVALID_OPTIONS`
 */
function refuseStream(store: ResolvedStream | undefined): void {
  if (store === undefined) return;
  throw new WalqError(
    "INVALID_OPTIONS",
    `the queue of this configuration is in the stream ${
      streamUrl(store)
    }, expected one in files: ` +
      "see `walq nats check`, `walq status` and the page",
  );
}

/**
 * Refuses a directory whose queue has its batches in a stream, where files are looked at: it
 * would look like an empty one.
 *
 * @throws {WalqError} `INVALID_OPTIONS`
 */
export async function refuseMarked(path: string, files: FileSystem): Promise<void> {
  const url = await markedStream(files, path);
  if (url === undefined) return;
  throw new WalqError(
    "INVALID_OPTIONS",
    oneLine(`the batches of the queue in "${path}" are in the stream ${url}, expected files: `) +
      "see `walq nats check`, `walq status` and the page",
  );
}

/** What tools work with, in the program. */
export async function toolsOf(
  host: AgentHost,
  onProgress?: (done: number) => Promise<void>,
): Promise<ToolPlatform> {
  return { platform: host.platform, kernel: await loadKernel(), onProgress };
}

/**
 * Refuses an archive where batches themselves are looked at.
 *
 * @throws {WalqError} `INVALID_OPTIONS`
 */
export async function refuseArchive(path: string, { platform }: AgentHost): Promise<void> {
  if (!isTar((await platform.files.readHead(path, 512)).bytes)) return;
  const message = `"${path}" is an archive: unpack it by tar, and name the directory`;
  throw new WalqError("INVALID_OPTIONS", message);
}

/**
 * Whether there is a file at a path, and no directory.
 *
 * @throws {WalqError} `INVALID_OPTIONS` when there is nothing.
 */
export async function isFile(path: string, { platform: { files } }: AgentHost): Promise<boolean> {
  try {
    await files.readHead(path, 0);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "not_found") return false;
    throw new WalqError("INVALID_OPTIONS", `There is no file and no directory "${path}"`);
  }
}
