/** All that takes pushes; loaded when the first one comes. */
import type { IncomingBody } from "../incoming.ts";
import { influxV1, influxV2 } from "./influx.ts";
import { answerHealth, answerPing, answerQuery } from "./influx_questions.ts";
import { PageIntake } from "./page_intake.ts";
import { prometheusImport } from "./prometheus_import.ts";
import type { PushProtocol } from "./protocol.ts";
import { deleteGroup, pushgateway } from "./pushgateway.ts";
import { type PushDependencies, receivePush } from "./receive_push.ts";

/** What a route may ask for. */
export type PushRoute =
  | "import"
  | "group"
  | "delete"
  | "influxV1"
  | "influxV2"
  | "query"
  | "ping"
  | "health";

type Answer = (request: Request, incoming: IncomingBody) => Response | Promise<Response>;

/** What answers each route; what is remembered of pages is theirs together. */
export function makePushes(dependencies: PushDependencies): Readonly<Record<PushRoute, Answer>> {
  const pages = new PageIntake();
  const take = (protocol: PushProtocol): Answer => (request, incoming) =>
    receivePush(request, incoming, protocol, dependencies);
  return {
    import: take(prometheusImport(pages)),
    group: take(pushgateway(pages)),
    delete: deleteGroup,
    influxV1: take(influxV1()),
    influxV2: take(influxV2()),
    query: (request, incoming) => answerQuery(request, incoming, dependencies),
    ping: answerPing,
    health: () => answerHealth(dependencies.queue() !== undefined),
  };
}
