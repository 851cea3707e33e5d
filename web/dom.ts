/**
 * Elements, and texts in them. Nothing is ever read as HTML: what endpoints and targets say is
 * text, and what cannot be seen in it, or turns it around, is seen.
 */
import { visibleText } from "../src/visible_text.ts";

type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and what is in it; `true` is an attribute without a value. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== undefined) element.append(typeof child === "string" ? visibleText(child) : child);
  }
  return element;
}

/** Changes a text if it is another one: what stays the same is not drawn anew. */
export function setText(element: Element, text: string): void {
  const seen = visibleText(text);
  if (element.textContent !== seen) element.textContent = seen;
}

/** The same for an attribute. */
export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** A button that does something. */
export function button(text: string, onClick: () => void): HTMLButtonElement {
  const element = h("button", { type: "button" }, text);
  element.addEventListener("click", onClick);
  return element;
}

/** A part of the page, with a heading. */
export function section(title: string, ...children: readonly Child[]): HTMLElement {
  const id = `part-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), ...children);
}

/** Names and values. */
export class Facts {
  readonly element: HTMLDListElement = h("dl", { class: "facts" });

  set(facts: readonly (readonly [name: string, value: string])[]): void {
    while (this.element.children.length > facts.length) this.element.lastChild!.remove();
    for (const [at, [name, value]] of facts.entries()) {
      let fact = this.element.children[at];
      if (fact === undefined) {
        fact = h("div", {}, h("dt"), h("dd"));
        this.element.append(fact);
      }
      setText(fact.children[0]!, name);
      setText(fact.children[1]!, value);
    }
  }
}

let tables = 0;

/** A table whose rows change: cells that stay the same are left alone. */
export class Table {
  readonly element: HTMLElement;
  readonly #body: HTMLTableSectionElement = h("tbody");
  readonly #empty: HTMLElement;
  readonly #scroll: HTMLElement;

  constructor(caption: string, columns: readonly string[], empty: string) {
    const head = h("tr", {}, ...columns.map((column) => h("th", { scope: "col" }, column)));
    const id = `table-${++tables}`;
    const table = h("table", {}, h("caption", { id }, caption), h("thead", {}, head), this.#body);
    this.#scroll = h("div", {
      class: "scroll",
      role: "region",
      "aria-labelledby": id,
      tabindex: 0,
      hidden: true,
    }, table);
    this.#empty = h("p", { class: "quiet" }, empty);
    this.element = h("div", {}, this.#empty, this.#scroll);
  }

  /** A row is a list of cells: texts, or an element. The class is that of the row. */
  set(
    rows: readonly { readonly cells: readonly (string | HTMLElement)[]; readonly kind?: string }[],
  ) {
    this.#empty.hidden = rows.length > 0;
    this.#scroll.hidden = rows.length === 0;
    while (this.#body.rows.length > rows.length) this.#body.rows[rows.length]!.remove();
    for (const [at, { cells, kind = "" }] of rows.entries()) {
      const row = this.#body.rows[at] ?? this.#body.insertRow();
      setAttribute(row, "class", kind);
      for (const [column, cell] of cells.entries()) {
        const td = row.cells[column] ?? row.insertCell();
        if (typeof cell === "string") setText(td, cell);
        else if (td.firstChild !== cell) td.replaceChildren(cell);
      }
    }
  }
}

/** Tells whether elements are on the screen, so that others need not be drawn. */
export class Seen {
  readonly #onChange = new Map<Element, (isSeen: boolean) => void>();
  readonly #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) this.#onChange.get(target)?.(isIntersecting);
  }, { rootMargin: "200px" });

  add(element: Element, onChange: (isSeen: boolean) => void): void {
    this.#onChange.set(element, onChange);
    this.#observer.observe(element);
  }

  remove(element: Element): void {
    this.#onChange.delete(element);
    this.#observer.unobserve(element);
  }

  end(): void {
    this.#observer.disconnect();
    this.#onChange.clear();
  }
}
