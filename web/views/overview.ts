import type { EndpointLine, OverviewEvent } from "../../src/agent/page/protocol.ts";
import { bytesWords, countWords, wholeWords } from "../../src/agent/page/words.ts";
import { h, setAttribute, setText } from "../dom.ts";
import type { Shown, ViewContext } from "../view.ts";

/** What each kind of state is called, beside its colour. */
export const KINDS: Readonly<Record<EndpointLine["kind"], string>> = {
  fine: "fine",
  behind: "behind",
  losing: "losing",
  down: "down",
  refused: "refused",
  stopped: "stopped",
};

/** All endpoints, each in a few lines. */
export function overview({ seen, say }: ViewContext): Shown {
  const rows = new Map<string, Row>();
  const list = h("ul", { class: "endpoints" });
  const none = h("p", { class: "quiet" }, "There is nothing yet.");
  const onlyTrouble = h("input", { type: "checkbox", id: "only-trouble" });
  const filter = h("label", { for: "only-trouble" }, onlyTrouble, " Only endpoints with trouble");
  onlyTrouble.addEventListener("change", () => list.classList.toggle("trouble-only"));
  const element = h("div", {}, h("h1", { tabindex: -1 }, "Endpoints"), filter, none, list);

  function show({ names, lines }: OverviewEvent): void {
    const changes: string[] = [];
    for (const line of lines) {
      let row = rows.get(line.name);
      if (row === undefined) rows.set(line.name, row = new Row());
      const before = row.line?.kind;
      if (before !== undefined && before !== line.kind) {
        changes.push(`${line.title}: ${line.sentence}`);
      }
      const own = row;
      if (row.line === undefined) seen.add(row.element, (isSeen) => own.see(isSeen));
      row.set(line);
    }
    if (names !== undefined) arrange(names);
    if (changes.length > 2) say(`The state of ${changes.length} endpoints has changed.`);
    else if (changes.length > 0) say(changes.join(" "));
  }

  function arrange(names: readonly string[]): void {
    const wanted = new Set(names);
    for (const [name, { element }] of rows) {
      if (wanted.has(name)) continue;
      seen.remove(element);
      rows.delete(name);
    }
    list.replaceChildren(...names.flatMap((name) => rows.get(name)?.element ?? []));
    none.hidden = names.length > 0;
  }

  return { title: "Endpoints", element, view: "overview", handlers: { overview: show } };
}

/** One endpoint. What is not on the screen is not drawn. */
class Row {
  line: EndpointLine | undefined;
  readonly element: HTMLLIElement;
  readonly #name = h("a");
  readonly #kind = h("span", { class: "kind" });
  readonly #sentence = h("p", { class: "sentence" });
  readonly #mark = h("p", { class: "off", hidden: true }, "The sum does not close: this is a bug.");
  readonly #values = [h("dd"), h("dd"), h("dd"), h("dd")];
  #isSeen = false;
  #isDrawn = false;

  constructor() {
    const names = ["In", "Out", "Pending", "Dropped"];
    const facts = names.map((name, at) => h("div", {}, h("dt", {}, name), this.#values[at]!));
    const head = h("h2", {}, this.#name, " ", this.#kind);
    this.element = h("li", {}, head, this.#sentence, this.#mark, h("dl", {}, ...facts));
  }

  see(isSeen: boolean): void {
    this.#isSeen = isSeen;
    if (isSeen && !this.#isDrawn) this.#draw();
  }

  set(line: EndpointLine): void {
    const isTrouble = line.kind !== "fine" || !line.closes;
    this.element.classList.toggle("trouble", isTrouble);
    const isFirst = this.line === undefined;
    this.line = line;
    this.#isDrawn = false;
    if (this.#isSeen || isFirst) this.#draw();
  }

  #draw(): void {
    const line = this.line!;
    this.#isDrawn = true;
    setText(this.#name, line.title);
    setAttribute(this.#name, "href", `#/endpoint/${encodeURIComponent(line.name)}`);
    setText(this.#kind, KINDS[line.kind]);
    setAttribute(this.#kind, "class", `kind ${line.kind}`);
    setText(this.#sentence, line.sentence);
    this.#mark.hidden = line.closes;
    const values = [
      `${countWords(line.inPerSecond)}/s`,
      `${countWords(line.outPerSecond)}/s`,
      `${countWords(line.pendingSignals)} (${bytesWords(line.pendingBytes)})`,
      wholeWords(line.droppedTotal),
    ];
    for (const [at, value] of values.entries()) setText(this.#values[at]!, value);
  }
}
