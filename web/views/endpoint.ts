import type {
  AgeBar,
  AnswerLine,
  EndpointEvent,
  FilesEvent,
  GoneEvent,
  HistoryEvent,
  HistorySpan,
  SumLine,
} from "../../src/agent/page/protocol.ts";
import { bytesWords, wholeWords } from "../../src/agent/page/words.ts";
import { button, Facts, h, section, setAttribute, setText, Table } from "../dom.ts";
import { momentText, Plot } from "../plot.ts";
import type { Shown, ViewContext } from "../view.ts";
import { Refused } from "./refused.ts";
import { KINDS } from "./overview.ts";

const SPANS: readonly (readonly [HistorySpan, string])[] = [
  ["30m", "30 minutes"],
  ["24h", "24 hours"],
];

/** One endpoint, all of it. */
export function endpoint(name: string, { seen, look, say }: ViewContext): Shown {
  const title = h("h1", { tabindex: -1 }, name);
  const kind = h("span", { class: "kind" });
  const sentence = h("p", { class: "sentence", id: "state" });
  const url = h("p", { class: "quiet" });
  const gone = h("p", { class: "trouble-text", hidden: true }, "There is no such endpoint.");
  const facts = new Facts();
  const sum = new Sum();
  const ages = new Ages();
  const rates = new Plot("Signals a second", seen);
  const pending = new Plot("Pending signals", seen);
  const answers = new Table("Last answers, the newest first", [
    "When",
    "Status",
    "Times",
    "Signals",
    "What became of it",
    "Words",
  ], "It has not answered yet.");
  const quarantined = new Table(
    "Files in quarantine, the newest first",
    ["File", "Size", "Why"],
    "No file was set aside.",
  );
  const refused = new Refused(name, say);
  const spans = SPANS.map(([span, text]) =>
    button(text, () => {
      press(span);
      look({ endpoint: name, span });
    })
  );

  function press(span: HistorySpan): void {
    for (const [at, [one]] of SPANS.entries()) {
      spans[at]!.setAttribute("aria-pressed", String(one === span));
    }
  }

  function show(event: EndpointEvent): void {
    const { line } = event;
    setText(title, line.title);
    setText(kind, KINDS[line.kind]);
    if (kind.className !== `kind ${line.kind}` && kind.className !== "kind") say(line.sentence);
    setAttribute(kind, "class", `kind ${line.kind}`);
    setText(sentence, line.sentence);
    setText(url, event.url);
    facts.set(event.facts);
    sum.set(event.sum);
    ages.set(event.ages);
    answers.set(event.answers.map((answer) => ({ cells: answerCells(answer) })));
  }

  function showHistory({ endMs, stepMs, ...of }: HistoryEvent): void {
    rates.set(endMs, stepMs, [
      { label: "in", colour: "in", values: of.inPerSecond },
      { label: "out", colour: "out", values: of.outPerSecond },
      { label: "dropped", colour: "dropped", values: of.droppedPerSecond, dashed: true },
    ]);
    pending.set(endMs, stepMs, [{ label: "pending", colour: "pending", values: of.pending }]);
  }

  function showFiles(event: FilesEvent): void {
    quarantined.set(
      event.quarantined.map(({ file, bytes, reason }) => ({
        cells: [file, bytesWords(bytes), reason],
      })),
    );
    refused.set(event);
  }

  press("30m");
  const element = h(
    "div",
    {},
    h("p", {}, h("a", { href: "#/" }, "All endpoints")),
    h("div", { class: "title" }, title, kind),
    gone,
    sentence,
    url,
    section("The sum", sum.element),
    section("What waits, by its age", ages.element),
    section(
      "In, out and dropped",
      h("div", { class: "buttons", role: "group", "aria-label": "Span of the plots" }, ...spans),
      rates.element,
      pending.element,
    ),
    section("Facts", facts.element),
    section("Answers", answers.element),
    section("Refused for good", refused.element),
    section("Quarantine", quarantined.element),
  );
  return {
    title: name,
    element,
    view: "endpoint",
    params: { endpoint: name, span: "30m" },
    handlers: {
      endpoint: (event: EndpointEvent) => {
        gone.hidden = true;
        show(event);
      },
      gone: (_: GoneEvent) => gone.hidden = false,
      history: showHistory,
      files: showFiles,
    },
    end: () => {
      rates.end();
      pending.end();
    },
  };
}

function answerCells(answer: AnswerLine): string[] {
  const { firstMs, lastMs, count } = answer;
  const last = momentText(lastMs);
  return [
    count === 1 ? last : `${momentText(firstMs)} to ${last}`,
    answer.status,
    wholeWords(count),
    wholeWords(answer.signals),
    answer.outcome,
    answer.words,
  ];
}

/** accepted = delivered + dropped + handed over + pending, in figures. */
class Sum {
  readonly #equation = h("p", { class: "sum", id: "sum" });
  readonly #mark = h("p", { id: "sum-mark" });
  readonly #reasons = new Facts();
  readonly element: HTMLElement = h("div", {}, this.#equation, this.#mark, this.#reasons.element);

  set(sum: SumLine): void {
    const { accepted, delivered, dropped, handedOver, pending, uncountedBatches, difference } = sum;
    const droppedSum = dropped.reduce((sum, [, signals]) => sum + signals, 0);
    setText(
      this.#equation,
      `${wholeWords(accepted)} accepted = ${wholeWords(delivered)} delivered + ` +
        `${wholeWords(droppedSum)} dropped + ` +
        (handedOver === 0 ? "" : `${wholeWords(handedOver)} handed over + `) +
        `${wholeWords(pending)} pending`,
    );
    const counting = uncountedBatches === 0
      ? ""
      : ` ${
        wholeWords(uncountedBatches)
      } files that were found at the start are still being counted.`;
    setAttribute(this.#mark, "class", difference === 0 ? "closes" : "off");
    const sign = difference > 0 ? "more" : "fewer";
    setText(
      this.#mark,
      difference === 0
        ? `The sum closes.${counting}`
        : `The sum does not close: ${
          wholeWords(Math.abs(difference))
        } ${sign} were accepted. This is a bug of walq's.`,
    );
    this.#reasons.set(
      dropped.map(([reason, signals]) => [`Dropped: ${reason}`, wholeWords(signals)]),
    );
  }
}

/** A picture of the backlog: a bar for each age. */
class Ages {
  readonly #empty = h("p", { class: "quiet" }, "Nothing waits.");
  readonly #list = h("ul", { class: "ages" });
  readonly element: HTMLElement = h("div", {}, this.#empty, this.#list);

  set(bars: readonly AgeBar[]): void {
    this.#empty.hidden = bars.length > 0;
    const most = Math.max(1, ...bars.map(({ signals }) => signals));
    while (this.#list.children.length > bars.length) this.#list.lastChild!.remove();
    for (const [at, { label, signals, bytes }] of bars.entries()) {
      let item = this.#list.children[at];
      if (item === undefined) {
        item = h("li", {}, h("span"), h("span", { class: "bar" }), h("span"));
        this.#list.append(item);
      }
      const [name, bar, value] = item.children;
      setText(name!, label);
      // By the object model, which the policy of the page allows, unlike a style in a text.
      (bar as HTMLElement).style.setProperty("--share", String(signals / most));
      setText(value!, `${wholeWords(signals)} (${bytesWords(bytes)})`);
    }
  }
}
