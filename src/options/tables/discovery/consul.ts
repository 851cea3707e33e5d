import { block, defaulted, optional } from "../../block.ts";
import type { CheckedConsulDiscovery } from "../../checked_scrape.ts";
import { type Broken, shown, textMap } from "../../checks.ts";
import { anyText, choice, flag, list, secret, text, texts } from "../../kinds.ts";
import type { ProgramBlock } from "../../table.ts";
import { clientContradictions } from "../http_client.ts";
import { CLIENT } from "./client.ts";
import { refreshInterval } from "./refresh.ts";

const MANY = { min: 0, max: 10_000 } as const;

const META = texts(
  textMap((_name, value) =>
    typeof value === "string" ? undefined : `got ${shown(value)}, expected a text`
  ),
);

/** One of `consul_sd_configs`. */
export const CONSUL: ProgramBlock<CheckedConsulDiscovery> = block(
  "ConsulDiscovery",
  "Services of a Consul.",
  {
    server: defaulted(
      text(
        'an address such as "localhost:8500"',
        (input) => input.trim() === "" ? undefined : input,
      ),
      "localhost:8500",
      { doc: "Its API: `host:port`." },
    ),
    scheme: defaulted(choice('"http" | "https"', ["http", "https"]), "http", {
      doc: "How it is asked.",
    }),
    pathPrefix: defaulted(anyText(), "", { doc: "What its paths begin with." }),
    token: optional(secret("a text", () => true), {
      doc: "A token of Consul's; a secret, never logged.",
    }),
    username: optional(secret("a text", () => true), {
      doc: "As in `basicAuth`, which cannot be given with it.",
    }),
    password: optional(secret("a text", () => true), {
      doc: "As in `basicAuth`; a secret, never logged.",
    }),
    datacenter: defaulted(anyText(), "", { doc: "If none is given that of the server." }),
    namespace: defaulted(anyText(), "", { doc: "Of Consul Enterprise." }),
    partition: defaulted(anyText(), "", { doc: "Of Consul Enterprise." }),
    tagSeparator: defaulted(anyText(), ",", { doc: "Stands between the tags of a service." }),
    allowStale: defaulted(flag(), true, { doc: "Take answers that may not be the newest." }),
    services: defaulted(list(anyText(), "service", MANY), [], {
      doc: "Which services are looked at.",
      defaultDoc: "all",
    }),
    tags: defaulted(list(anyText(), "tag", MANY), [], {
      doc: "Tags that a service has to have, all of them.",
    }),
    nodeMeta: defaulted(META, {}, { doc: "What the node of a service has to say of itself." }),
    filter: defaulted(anyText(), "", { doc: "An expression of Consul's, for its catalog." }),
    healthFilter: defaulted(anyText(), "", { doc: "The same, for the health of services." }),
    refreshInterval: refreshInterval("30s"),
    ...CLIENT,
  },
  { rule: contradictions, hides: true },
);

function* contradictions(consul: CheckedConsulDiscovery): Generator<Broken> {
  yield* clientContradictions(consul);
  const login = (["username", "password"] as const).find((one) => consul[one] !== undefined);
  if (login !== undefined) {
    const other = (["basicAuth", "oauth2", "bearerToken", "bearerTokenFile"] as const)
      .find((way) => consul[way] !== undefined);
    if (other !== undefined) {
      yield [login, `given together with ${other}, expected at most one of them`];
    }
  }
  if (
    consul.token !== undefined &&
    (consul.authorizationType !== undefined || consul.oauth2 !== undefined)
  ) {
    yield ["token", "given together with another token, expected at most one of them"];
  }
}
