import type {
  NamesEvent,
  SampleEvent,
  TriedRules,
  TriedSeries,
} from "../../src/agent/page/protocol.ts";
import { wholeWords } from "../../src/agent/page/words.ts";
import { address, ask } from "../api.ts";
import { button, Facts, h, section, setText, Table } from "../dom.ts";
import { momentText } from "../plot.ts";
import type { Shown, ViewContext } from "../view.ts";

const EXAMPLE = `- source_labels: [__name__]
  regex: go_.*
  action: drop`;

const NOT_ALL =
  "Some series were left out: the time was too short, or they are too long for these rules.";

/** Rules for labels, tried on the series that come in. Nothing is changed by it. */
export function rules({ say }: ViewContext): Shown {
  const endpoint = h("select", { id: "endpoint" });
  const text = h("textarea", { id: "rules", rows: 10, spellcheck: "false", autocomplete: "off" });
  text.value = EXAMPLE;
  const sample = h("p", { role: "status", id: "sample" });
  const said = h("p", { role: "status", id: "said" });
  const problems = h("ul", { class: "trouble-text", id: "problems" });
  const summary = new Facts();
  const tables = {
    dropped: new Table("Some that are dropped", ["Series", "Samples"], "None is dropped."),
    changed: new Table("Some that are changed", ["Before", "After", "Samples"], "None is changed."),
    kept: new Table("Some that stay as they are", ["Series", "Samples"], "None stays as it is."),
  };
  const results = h(
    "div",
    { hidden: true },
    summary.element,
    ...Object.values(tables).map(({ element }) => element),
  );

  function showNames(names: NamesEvent): void {
    const { value } = endpoint;
    endpoint.replaceChildren(...names.map(([name, title]) => h("option", { value: name }, title)));
    if (names.some(([name]) => name === value)) endpoint.value = value;
  }

  function showSample({ series, samples, isFull, sinceMs }: SampleEvent): void {
    setText(
      sample,
      series === 0
        ? "Nothing has come in since you opened this: the first series come with the next batch."
        : `${wholeWords(series)} series with ${wholeWords(samples)} samples have come in since ` +
          `${momentText(sinceMs)}${isFull ? ": as many as are looked at" : ""}.`,
    );
  }

  async function run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      setText(said, (error as Error).message);
    }
  }

  const take = button("Take the rules of this endpoint", () =>
    void run(async () => {
      const url = address("page/rules", { endpoint: endpoint.value });
      const { yaml } = await ask<{ yaml: string }>(url);
      text.value = yaml;
      setText(said, yaml === "" ? "It has no rules." : "These are its rules.");
    }));
  const begin = button("Begin a new sample", () =>
    void run(async () => {
      showSample(await ask<SampleEvent>(address("page/sample"), { method: "POST" }));
    }));
  const go = button("Try", () =>
    void run(async () => {
      go.disabled = true;
      setText(said, "Trying…");
      try {
        const url = address("page/try-rules", { endpoint: endpoint.value });
        showResults(await ask<TriedRules>(url, { method: "POST", body: text.value }));
      } finally {
        go.disabled = false;
      }
    }));
  go.className = "first";

  function showResults(tried: TriedRules): void {
    problems.replaceChildren(...tried.problems.map((problem) => h("li", {}, problem)));
    results.hidden = tried.problems.length > 0;
    const saved = tried.samples === 0 ? 0 : tried.droppedSamples / tried.samples;
    const told = tried.problems.length > 0
      ? "These are no rules."
      : tried.series === 0
      ? "There is nothing yet to try them on."
      : `They save ${percent(saved)} of the samples.`;
    setText(said, tried.isComplete ? told : `${told} ${NOT_ALL}`);
    say(told);
    summary.set([
      ["Tried on", `${wholeWords(tried.series)} series, ${wholeWords(tried.samples)} samples`],
      [
        "Dropped",
        `${wholeWords(tried.dropped)} series, ${wholeWords(tried.droppedSamples)} samples`,
      ],
      ["Changed", `${wholeWords(tried.changed)} series`],
      ["As they are", `${wholeWords(tried.kept)} series`],
      ["Made the same as another", `${wholeWords(tried.merged)} series`],
      ["Not to be sent as they would be", `${wholeWords(tried.broken)} series`],
    ]);
    const one = ({ before, after, samples }: TriedSeries) => ({
      cells: [after === "" ? before : `${before} (${after})`, wholeWords(samples)],
    });
    tables.dropped.set(tried.examples.dropped.map(one));
    tables.kept.set(tried.examples.kept.map(({ before, samples }) => ({
      cells: [before, wholeWords(samples)],
    })));
    tables.changed.set(tried.examples.changed.map(({ before, after, samples }) => ({
      cells: [before, after, wholeWords(samples)],
    })));
  }

  const element = h(
    "div",
    {},
    h("h1", { tabindex: -1 }, "Try rules"),
    h(
      "p",
      {},
      "What would write_relabel_configs make of the series that come in now? Nothing is changed by it.",
    ),
    h("p", {}, h("label", { for: "endpoint" }, "For the endpoint "), endpoint, " ", take),
    h("label", { for: "rules" }, "Rules, as YAML"),
    text,
    h("div", { class: "buttons" }, go, begin),
    sample,
    said,
    problems,
    section("What becomes of the series", results),
  );
  return {
    title: "Try rules",
    element,
    view: "rules",
    handlers: { names: showNames, sample: showSample },
  };
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value === 0 || value >= 10 ? Math.round(value) : value.toPrecision(2)} %`;
}
