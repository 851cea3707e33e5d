import type { Hono } from "hono";
import type { DroppedBatches, Logger, QueueActions } from "../../contracts.ts";
import { messageOf, WalqError } from "../../errors.ts";
import { allowOnly } from "../../receive/allow_only.ts";
import type { Incoming } from "../host.ts";
import { endpointParam, readDrop, readReplay, readRetry } from "./action_body.ts";
import { ApiError, respondLater } from "./answers.ts";
import type { BodyDependencies } from "./body_text.ts";

/** What is said where nobody may act. */
export const NOT_ALLOWED =
  "acting on the queue by a request is off: server.enable_admin_api (--web.enable-admin-api of walq agent) allows it";

/** What acts on the queue, and tells of it. */
export interface ActionDependencies extends BodyDependencies {
  /** Undefined while it is not open. */
  readonly queue: () => QueueActions | undefined;
  readonly isAllowed: boolean;
  readonly logger: Logger;
}

/** What was asked for, and what came of it, both for the log. */
interface Action {
  readonly asked: Readonly<Record<string, unknown>>;
  readonly act: () => Promise<object>;
}

/** Understands a request; it throws an `ApiError` where that cannot be done. */
type Understand = (queue: QueueActions, incoming: Incoming) => Promise<Action>;

/** What is refused for good, listed for everybody who may ask; and what acts on the queue, for whom the option allows it. */
export function routeActions(
  app: Hono<{ Bindings: Incoming }>,
  dependencies: ActionDependencies,
): void {
  const path = "/api/v1/queue";
  app.get(`${path}/rejected`, (c) =>
    respondLater(async () => {
      const endpoint = endpointParam(c.req.query("endpoint"));
      return await told(() => queueOf(dependencies).rejected({ endpoint }));
    }));
  allowOnly(app, `${path}/rejected`, "GET, HEAD");
  app.get(`${path}/rejected/damaged`, (c) =>
    respondLater(async () => {
      const endpoint = endpointParam(c.req.query("endpoint"));
      return await told(() => queueOf(dependencies).damagedRejected({ endpoint }));
    }));
  allowOnly(app, `${path}/rejected/damaged`, "GET, HEAD");
  for (const [name, understand] of Object.entries(actionsBy(dependencies))) {
    app.post(`${path}/${name}`, (c) => act(name, understand, c.env, dependencies));
    allowOnly(app, `${path}/${name}`, "POST");
  }
}

function actionsBy(dependencies: ActionDependencies): Readonly<Record<string, Understand>> {
  return {
    "retry-rejected": async (queue, incoming) => {
      const choice = await readRetry(incoming, dependencies);
      const asked = { asked_endpoint: choice.endpoint, ids: choice.ids?.length };
      return { asked, act: () => queue.retryRejected(choice) };
    },
    drop: async (queue, incoming) => {
      const choice = await readDrop(incoming, dependencies);
      const { endpoint, beforeMs, future, dryRun } = choice;
      const asked = {
        asked_endpoint: endpoint,
        before: shownTime(beforeMs),
        future,
        dry_run: dryRun,
      };
      return { asked, act: () => queue.dropBefore(choice) };
    },
    replay: async (queue, incoming) => {
      const choice = await readReplay(incoming, dependencies);
      const { endpoint, fromMs, toMs, dryRun } = choice;
      const span = { since: shownTime(fromMs), until: shownTime(toMs) };
      const asked = { asked_endpoint: endpoint, ...span, dry_run: dryRun };
      return { asked, act: () => queue.replay(choice) };
    },
  };
}

/** One line in the log for each action, whatever comes of it: who, what, and the outcome. */
function act(
  name: string,
  understand: Understand,
  incoming: Incoming,
  dependencies: ActionDependencies,
): Promise<Response> {
  const { logger, isAllowed } = dependencies;
  return respondLater(async () => {
    if (!isAllowed) throw new ApiError("forbidden", NOT_ALLOWED);
    const { asked, act } = await understand(queueOf(dependencies), incoming);
    const { from, user } = incoming;
    const fields = { action: name, from, user, ...asked };
    try {
      const outcome = await told(act);
      logger.info("somebody acted on the queue", { ...fields, ...loggedOf(outcome) });
      return outcome;
    } catch (error) {
      logger.warn("an action on the queue failed", { ...fields, error: messageOf(error) });
      throw error;
    }
  });
}

/** A line of the log has no objects. */
function loggedOf(outcome: object & Pick<DroppedBatches, "partOf">): object {
  const { partOf, ...others } = outcome;
  if (partOf === undefined) return others;
  const { stream, sent, partitions } = partOf;
  return { ...others, stream, partitions_sent: sent, partitions };
}

function queueOf({ queue }: ActionDependencies): QueueActions {
  const open = queue();
  if (open === undefined) throw new ApiError("unavailable", "the queue is not open; come again");
  return open;
}

/** What users and disks can cause, in the API's words. */
async function told<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof WalqError)) throw error;
    const isBusy = error.retryable || error.code === "CLOSED";
    throw new ApiError(isBusy ? "unavailable" : "bad_data", error.message);
  }
}

function shownTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
