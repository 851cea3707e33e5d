import type { TargetLine, TargetsEvent } from "../../src/agent/page/protocol.ts";
import { durationWords, wholeWords } from "../../src/agent/page/words.ts";
import { button, h, setText, Table } from "../dom.ts";
import { momentText } from "../plot.ts";
import type { Shown, ViewContext } from "../view.ts";

const ON_PAGE = 50;
const TYPING_MS = 300;

/** Targets, fifty at a time: who looks for some names them. */
export function targets({ look }: ViewContext): Shown {
  const job = h("select", { id: "job" }, h("option", { value: "" }, "all jobs"));
  const health = h(
    "select",
    { id: "health" },
    ...["", "up", "down", "unknown"].map((one) => h("option", { value: one }, one || "any health")),
  );
  const text = h("input", { type: "search", id: "text", autocomplete: "off", spellcheck: "false" });
  const table = new Table("Targets", [
    "Health",
    "Job",
    "Address",
    "Labels",
    "Last scrape",
    "Error",
  ], "There are no such targets.");
  const place = h("p", { role: "status" });
  let offset = 0;
  const before = button("The ones before", () => move(-ON_PAGE));
  const next = button("The next ones", () => move(ON_PAGE));
  let typing: ReturnType<typeof setTimeout> | undefined;

  function ask(): void {
    look({ job: job.value, health: health.value, text: text.value, offset: String(offset) });
  }

  function move(by: number): void {
    offset = Math.max(0, offset + by);
    ask();
  }

  function choose(): void {
    offset = 0;
    ask();
  }

  function show(event: TargetsEvent): void {
    offset = event.offset;
    setJobs(event.jobs);
    const last = event.offset + event.lines.length;
    setText(
      place,
      event.total === 0
        ? ""
        : `${wholeWords(event.offset + 1)} to ${wholeWords(last)} of ${wholeWords(event.total)}`,
    );
    before.disabled = event.offset === 0;
    next.disabled = last >= event.total;
    table.set(event.lines.map((line) => ({ cells: cellsOf(line), kind: `target-${line.health}` })));
  }

  function setJobs(names: readonly string[]): void {
    const known = [...job.options].slice(1).map(({ value }) => value);
    if (known.join("\n") === names.join("\n")) return;
    const { value } = job;
    job.replaceChildren(
      job.options[0]!,
      ...names.map((name) => h("option", { value: name }, name)),
    );
    job.value = value;
  }

  job.addEventListener("change", choose);
  health.addEventListener("change", choose);
  text.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(choose, TYPING_MS);
  });
  const element = h(
    "div",
    {},
    h("h1", { tabindex: -1 }, "Targets"),
    h(
      "div",
      { class: "form", role: "search" },
      h("label", { for: "job" }, "Job"),
      job,
      h("label", { for: "health" }, "Health"),
      health,
      h("label", { for: "text" }, "Address, labels or error"),
      text,
    ),
    place,
    table.element,
    h("div", { class: "buttons" }, before, next),
  );
  return {
    title: "Targets",
    element,
    view: "targets",
    handlers: { targets: show },
    end: () => clearTimeout(typing),
  };
}

function cellsOf(line: TargetLine): string[] {
  const when = line.lastScrapeMs === 0
    ? "not yet"
    : `${momentText(line.lastScrapeMs)}, ${scrapeTime(line.durationMs)}`;
  return [line.health, line.job, line.url, line.labels, when, line.error];
}

function scrapeTime(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : durationWords(ms);
}
