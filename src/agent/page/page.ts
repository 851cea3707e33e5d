/** What the page at `/` asks for, answered. It is loaded when somebody asks, and not with the program. */
import { seriesRelabeler } from "../../relabel/series.ts";
import { ApiError, respondLater } from "../api/answers.ts";
import { readText } from "../api/body_text.ts";
import { rulesYaml } from "../api/used_config.ts";
import type { Incoming } from "../host.ts";
import type { ResolvedEndpoint } from "../../options.ts";
import { choiceOf } from "./choice.ts";
import { PAGE_FILES } from "./files_of_page.ts";
import { PAGE_HEADERS } from "./headers.ts";
import { CLIENTS_MAX, PageHub } from "./hub.ts";
import type { AnswerPage, PageDependencies, PagePath } from "./page_dependencies.ts";
import { readRules, RULES_BYTES_MAX } from "./rules_text.ts";
import { serveFile } from "./serve_file.ts";
import { triedLengthMax, tryRules } from "./trial.ts";

/** The page: its files, its events, and the rules that are tried on it. */
export class Page implements AnswerPage {
  readonly #of: PageDependencies;
  readonly #hub: PageHub;
  readonly #trial: Trial;

  constructor(dependencies: PageDependencies) {
    this.#of = dependencies;
    const { clock, subject, host: { files } } = dependencies;
    this.#hub = new PageHub({ clock, subject, files });
    this.#trial = new Trial(dependencies, this.#hub);
  }

  /** What the queue does is remembered from now on. */
  start(): void {
    this.#hub.start();
  }

  close(): void {
    this.#hub.close();
  }

  answer(path: PagePath, request: Request, incoming: Incoming): Response | Promise<Response> {
    const { searchParams } = new URL(request.url);
    const endpoint = searchParams.get("endpoint") ?? "";
    switch (path) {
      case "html":
      case "script":
      case "style":
        return serveFile(PAGE_FILES[path], request);
      case "events":
        return openEvents(request, this.#hub);
      case "read":
        // What was asked is over when the page looks at something else: that is no mistake.
        this.#hub.answered(searchParams.get("question") ?? "");
        return new Response(null, { status: 204 });
      case "rules":
        return respondLater(() => shownRules(endpoint, this.#of));
      case "trial":
        return respondLater(() => this.#trial.run(endpoint, incoming));
      case "sample":
        return respondLater(() => {
          this.#hub.sample.begin();
          return Promise.resolve(this.#hub.sample.event);
        });
    }
  }
}

function openEvents({ headers, method, url }: Request, hub: PageHub): Response {
  // A page of somebody else's cannot read it, but it could take all places.
  if (/^(?:cross|same)-site$/i.test(headers.get("sec-fetch-site") ?? "")) {
    return new Response("Refused: asked for by another site\n", { status: 403 });
  }
  const answer = {
    ...PAGE_HEADERS,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Proxies of nginx's kind would collect it.
    "x-accel-buffering": "no",
  };
  if (method === "HEAD") return new Response(null, { headers: answer });
  const body = hub.open(choiceOf(new URL(url).searchParams));
  if (body !== undefined) return new Response(body, { headers: answer });
  const why = `Too many look at once: at most ${CLIENTS_MAX} may; come again\n`;
  return new Response(why, { status: 503, headers: { "retry-after": "10" } });
}

function shownRules(
  name: string,
  { endpoints }: PageDependencies,
): Promise<{ readonly yaml: string }> {
  const { writeRelabelConfigs } = endpointOf(name, endpoints());
  return Promise.resolve({ yaml: rulesYaml(writeRelabelConfigs) });
}

function endpointOf(
  name: string,
  endpoints: readonly ResolvedEndpoint[],
): ResolvedEndpoint {
  const endpoint = endpoints.find((one) => one.name === name);
  if (endpoint !== undefined) return endpoint;
  throw new ApiError("not_found", `no endpoint is called ${JSON.stringify(name)}`);
}

/** Rules are tried one after the other: it takes the time of everybody. */
class Trial {
  readonly #of: PageDependencies;
  readonly #hub: PageHub;
  #isBusy = false;

  constructor(dependencies: PageDependencies, hub: PageHub) {
    this.#of = dependencies;
    this.#hub = hub;
  }

  async run(name: string, incoming: Incoming): Promise<unknown> {
    const text = await readText(incoming, this.#of, RULES_BYTES_MAX);
    if (this.#isBusy) throw new ApiError("unavailable", "other rules are being tried; come again");
    this.#isBusy = true;
    try {
      const { clock, endpoints, host } = this.#of;
      const { labelNames, externalLabels } = endpointOf(name, endpoints());
      const read = await readRules(text, labelNames, host);
      if ("problems" in read) return { ...NOTHING_TRIED, problems: read.problems };
      const lengthMax = triedLengthMax(read.rules);
      const relabel = seriesRelabeler(read.rules, labelNames, externalLabels, lengthMax);
      return await tryRules(this.#hub.sample.series, { clock, relabel, lengthMax });
    } finally {
      this.#isBusy = false;
    }
  }
}

const NOTHING_TRIED = {
  series: 0,
  samples: 0,
  kept: 0,
  changed: 0,
  dropped: 0,
  broken: 0,
  droppedSamples: 0,
  merged: 0,
  examples: { dropped: [], changed: [], kept: [] },
  isComplete: true,
};
