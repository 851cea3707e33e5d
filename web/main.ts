import type { QueueLine } from "../src/agent/page/protocol.ts";
import { visibleText } from "../src/visible_text.ts";
import { countWords, durationWords, wholeWords } from "../src/agent/page/words.ts";
import { h, Seen, setAttribute, setText } from "./dom.ts";
import { Stream } from "./stream.ts";
import type { Shown, ViewContext } from "./view.ts";
import { config } from "./views/config.ts";
import { endpoint } from "./views/endpoint.ts";
import { overview } from "./views/overview.ts";
import { rules } from "./views/rules.ts";
import { targets } from "./views/targets.ts";

/** What is said is left long enough to be read out. */
const SAY_MS = 3_000;

const LINKS: readonly (readonly [hash: string, text: string])[] = [
  ["#/", "Endpoints"],
  ["#/targets", "Targets"],
  ["#/rules", "Try rules"],
  ["#/config", "Configuration"],
];

const main = document.getElementById("main")!;
const nav = document.getElementById("nav")!;
const notices = document.getElementById("notices")!;
const footer = document.getElementById("footer")!;
const live = document.getElementById("live")!;
const lost = h(
  "p",
  { class: "notice", role: "status", hidden: true },
  "No connection to walq: trying again. What is shown is old.",
);
const troubles = h("ul", { class: "notice", hidden: true });
notices.append(lost, troubles);

const stream = new Stream((isConnected) => lost.hidden = isConnected);
let shown: Shown | undefined;
let seen = new Seen();
let queue: QueueLine | undefined;
let saidMs = 0;

/** One thing in a while, as what comes after the other is read out one after the other. */
function say(text: string): void {
  const nowMs = Date.now();
  if (nowMs - saidMs < SAY_MS) return;
  saidMs = nowMs;
  setText(live, text);
}

/** An address that somebody typed need not be one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function viewOf(hash: string, context: ViewContext): Shown {
  const [, view = "", ...rest] = hash.split("/");
  if (view === "endpoint") return endpoint(decoded(rest.join("/")), context);
  if (view === "targets") return targets(context);
  if (view === "rules") return rules(context);
  if (view === "config") return config();
  return overview(context);
}

function show(isFirst: boolean): void {
  shown?.end?.();
  seen.end();
  seen = new Seen();
  const look: ViewContext["look"] = (params) => open(now, params);
  const now: Shown = viewOf(location.hash, { seen, say, look });
  shown = now;
  main.replaceChildren(now.element);
  open(now, now.params ?? {});
  showLinks();
  showTitle();
  if (isFirst) return;
  scrollTo(0, 0);
  main.querySelector("h1")?.focus({ preventScroll: true });
}

function open(now: Shown, params: Readonly<Record<string, string>>): void {
  stream.look(now.view ?? "overview", params, { queue: showQueue, ...now.handlers });
}

function showLinks(): void {
  const view = location.hash.split("/")[1] || "";
  if (nav.children.length === 0) {
    nav.append(...LINKS.map(([hash, text]) => h("a", { href: hash }, text)));
  }
  for (const [at, [hash]] of LINKS.entries()) {
    const own = hash.split("/")[1] ?? "";
    const isHere = own === view || (own === "" && view === "endpoint");
    if (isHere) setAttribute(nav.children[at]!, "aria-current", "page");
    else nav.children[at]!.removeAttribute("aria-current");
  }
}

function showQueue(line: QueueLine): void {
  queue = line;
  showTitle();
  const all = [
    ...line.troubles,
    ...line.endpointsOff > 0
      ? ["The sum of an endpoint does not close: this is a bug of walq's."]
      : [],
  ];
  troubles.hidden = all.length === 0;
  if (
    visibleText(all.join("\n")) !== [...troubles.children].map((one) => one.textContent).join("\n")
  ) {
    troubles.replaceChildren(...all.map((text) => h("li", {}, text)));
  }
  const targetsWords = `${wholeWords(line.targetsUp)} targets up, ${
    wholeWords(line.targetsDown)
  } down`;
  setText(
    footer,
    [
      `walq ${line.version} on ${line.runtime}, ${line.phase}, up for ${
        durationWords(Date.now() - line.startedMs)
      }`,
      `${countWords(line.pendingSignals)} signals pending in ${line.dataPath}`,
      `${wholeWords(line.refusedTotal)} refused at intake`,
      targetsWords,
    ].join(" · "),
  );
}

function showTitle(): void {
  const { endpoints = 0, endpointsDown = 0 } = queue ?? {};
  const state = endpointsDown === 0 ? "" : `${endpointsDown} of ${endpoints} down · `;
  const title = visibleText(`${state}${shown?.title ?? ""} · walq`);
  if (document.title !== title) document.title = title;
}

document.getElementById("skip")!.addEventListener("click", (event) => {
  // The part of the address behind the # says which view this is.
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => show(false));
show(true);
