import type { FilesEvent, RejectedLine } from "../../src/agent/page/protocol.ts";
import { bytesWords, wholeWords } from "../../src/agent/page/words.ts";
import { address, ask } from "../api.ts";
import { button, h, setText, Table } from "../dom.ts";
import { momentText } from "../plot.ts";

const HOW =
  "They are sent again by walq retry-rejected; and from here, where server.enable_admin_api is on.";

/** What the endpoint has refused for good and is kept, and the button that sends it again. */
export class Refused {
  readonly #table = new Table("Requests, the newest first", [
    "When",
    "Status",
    "Signals",
    "From and to",
    "Words",
    "",
  ], "Nothing that was refused is kept.");
  readonly #note = h("p", { class: "quiet" });
  readonly #said = h("p", { role: "status" });
  readonly #all: HTMLButtonElement;
  readonly element: HTMLElement;
  readonly #endpoint: string;
  readonly #say: (text: string) => void;
  /** The buttons of the rows: one that has the focus must not be replaced. */
  readonly #buttons = new Map<string, HTMLButtonElement>();

  constructor(endpoint: string, say: (text: string) => void) {
    this.#endpoint = endpoint;
    this.#say = say;
    this.#all = button("Send all of them again", () => void this.#send(this.#all));
    this.#all.hidden = true;
    this.element = h("div", {}, this.#note, this.#all, this.#said, this.#table.element);
  }

  set({ rejected, rejectedTotal, mayRetry }: FilesEvent): void {
    const more = rejectedTotal - rejected.length;
    const note = rejected.length === 0 ? "" : mayRetry ? "" : HOW;
    setText(this.#note, more > 0 ? `${note} ${wholeWords(more)} more are not shown.`.trim() : note);
    this.#all.hidden = !mayRetry || rejected.length === 0;
    this.#table.set(rejected.map((line) => ({ cells: this.#cells(line, mayRetry) })));
    const ids = new Set(rejected.map(({ id }) => id));
    for (const id of this.#buttons.keys()) if (!ids.has(id)) this.#buttons.delete(id);
  }

  #cells(line: RejectedLine, mayRetry: boolean): (string | HTMLElement)[] {
    return [
      momentText(line.rejectedAtMs),
      line.status,
      `${wholeWords(line.signals)} (${bytesWords(line.bytes)})`,
      // Metadata alone is of no time.
      line.newestMs === 0 ? "" : `${momentText(line.oldestMs)} to ${momentText(line.newestMs)}`,
      line.reason,
      mayRetry ? this.#buttonOf(line) : "",
    ];
  }

  #buttonOf({ id, rejectedAtMs }: RejectedLine): HTMLButtonElement {
    let known = this.#buttons.get(id);
    if (known === undefined) {
      const made = button("Send again", () => void this.#send(made, [id]));
      made.setAttribute("aria-label", `Send again what was refused at ${momentText(rejectedAtMs)}`);
      this.#buttons.set(id, known = made);
    }
    return known;
  }

  async #send(by: HTMLButtonElement, ids?: readonly string[]): Promise<void> {
    by.disabled = true;
    try {
      const { requests, signals } = await ask<{ requests: number; signals: number }>(
        address("api/v1/queue/retry-rejected"),
        {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ endpoint: this.#endpoint, ...ids && { ids } }),
        },
      );
      setText(
        this.#said,
        `${wholeWords(requests)} requests with ${wholeWords(signals)} signals are sent again.`,
      );
    } catch (error) {
      setText(this.#said, `Not sent again: ${(error as Error).message}`);
    }
    this.#say(this.#said.textContent ?? "");
    by.disabled = false;
  }
}
