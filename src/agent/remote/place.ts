import { messageOf, WalqError } from "../../errors.ts";
import type { StoppedQueue } from "../../queue.ts";
import { streamUrl } from "../../stream_url.ts";
import type { CommandArgs } from "../commands/command_args.ts";
import type { AgentHost } from "../host.ts";
import { UsageError } from "../usage_error.ts";
import { type Address, addressOfConfig, URL_DEFAULT } from "./address.ts";
import { ApiClient, AskError } from "./api_client.ts";
import { httpOptionsOf } from "./http_options.ts";
import { RunningQueue } from "./running_queue.ts";
import { openStoppedQueue } from "./stopped_queue.ts";

/** The queue that a command is about. */
export type Place =
  | { readonly isRunning: true; readonly queue: RunningQueue; readonly shown: string }
  | { readonly isRunning: false; readonly queue: StoppedQueue; readonly shown: string };

/**
 * Opens the queue that the flags say: of a program that runs, or of a directory that nobody uses,
 * of which the lock is taken.
 *
 * @throws {UsageError}
 * @throws {WalqError}
 */
export async function openPlace(args: CommandArgs, host: AgentHost): Promise<Place> {
  const given = ["--url", "--data-path", "--config"].filter((flag) => args.has(flag));
  if (given.length > 1) {
    throw new UsageError(`${given.join(" and ")} each say where the queue is: give one of them`);
  }
  const dataPath = args.text("--data-path");
  if (dataPath !== undefined) return await openStopped(dataPath, host);
  const config = args.text("--config");
  if (config !== undefined) return await openConfigured(config, args, host);
  return await openRunning({ base: args.text("--url") ?? URL_DEFAULT }, args, host);
}

async function openRunning(
  { base, unixSocket }: Address,
  args: CommandArgs,
  host: AgentHost,
): Promise<Place> {
  const api = new ApiClient(base, await httpOptionsOf(args, host), host, unixSocket);
  return { isRunning: true, queue: new RunningQueue(api), shown: api.shown };
}

async function openStopped(path: string, host: AgentHost): Promise<Place> {
  try {
    const queue = await openStoppedQueue(path, host.platform);
    return { isRunning: false, queue, shown: path };
  } catch (error) {
    if (!(error instanceof WalqError) || error.code !== "LOCKED") throw error;
    throw new WalqError(
      "LOCKED",
      `${error.message}. Ask that program: by --url ${URL_DEFAULT}, or wherever its ` +
        "server.listen is, or by --config with its configuration",
    );
  }
}

/** The program of that configuration; where it does not answer, the directory that it has left. */
async function openConfigured(path: string, args: CommandArgs, host: AgentHost): Promise<Place> {
  const { config, ...address } = await addressOfConfig(path, args, host);
  const running = await openRunning(address, args, host);
  try {
    if (running.isRunning) await running.queue.status();
    return running;
  } catch (error) {
    await running.queue.close();
    if (!(error instanceof AskError) || error.status !== undefined) throw error;
    const { store, dataPath } = config.resolved;
    if (store !== undefined) {
      throw new WalqError(
        "STORAGE",
        `the queue is in the stream ${streamUrl(store)}, so nothing can be done in place of the ` +
          `program, which was asked and did not answer: ${error.message}`,
      );
    }
    return await instead(dataPath, error, host);
  }
}

async function instead(dataPath: string, asked: AskError, host: AgentHost): Promise<Place> {
  try {
    return await openStopped(dataPath, host);
  } catch (error) {
    const message = `${messageOf(error)}. It was asked, and did not answer: ${asked.message}`;
    throw error instanceof WalqError ? new WalqError(error.code, message) : error;
  }
}
