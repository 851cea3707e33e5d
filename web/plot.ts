import uPlot from "uplot";
import { countWords } from "../src/agent/page/words.ts";
import { h, type Seen, setText } from "./dom.ts";

/** A line of a plot. */
export interface PlotLine {
  readonly label: string;
  /** The name of the colour in the style sheet. */
  readonly colour: string;
  readonly values: readonly number[];
  readonly dashed?: boolean;
}

const HEIGHT = 180;
const TABLE_ROWS = 24;
const FONT = "12px system-ui, sans-serif";

/** Lines over time, drawn while they are on the screen; and the same as a table, for who sees no picture. */
export class Plot {
  readonly element: HTMLElement;
  readonly #canvas: HTMLElement = h("div", { class: "plot" });
  readonly #caption: HTMLElement = h("figcaption");
  readonly #table: HTMLTableElement = h("table");
  readonly #details: HTMLDetailsElement;
  readonly #title: string;
  readonly #resize: ResizeObserver;
  readonly #dark: MediaQueryList = matchMedia("(prefers-color-scheme: dark)");
  readonly #redraw = (): void => this.#drawAnew();
  #plot: uPlot | undefined;
  #isSeen = false;
  #timesS: readonly number[] = [];
  #lines: readonly PlotLine[] = [];

  constructor(title: string, seen: Seen) {
    this.#title = title;
    this.#canvas.setAttribute("role", "img");
    this.#details = h(
      "details",
      {},
      h("summary", {}, `${title} as a table`),
      h("div", { class: "scroll", role: "region", "aria-label": title, tabindex: 0 }, this.#table),
    );
    this.#details.addEventListener("toggle", () => this.#fillTable());
    this.element = h("figure", {}, this.#caption, this.#canvas, this.#details);
    seen.add(this.#canvas, (isSeen) => {
      this.#isSeen = isSeen;
      this.#draw();
    });
    this.#resize = new ResizeObserver(() => {
      const width = this.#canvas.clientWidth;
      if (width > 0) this.#plot?.setSize({ width, height: HEIGHT });
    });
    this.#resize.observe(this.#canvas);
    this.#dark.addEventListener("change", this.#redraw);
  }

  set(endMs: number, stepMs: number, lines: readonly PlotLine[]): void {
    const size = lines[0]?.values.length ?? 0;
    this.#timesS = Array.from(
      { length: size },
      (_, at) => (endMs - (size - 1 - at) * stepMs) / 1000,
    );
    this.#lines = lines;
    this.#tell();
    this.#draw();
    this.#fillTable();
  }

  end(): void {
    this.#resize.disconnect();
    this.#dark.removeEventListener("change", this.#redraw);
    this.#plot?.destroy();
  }

  /** In words: for the legend, and for who sees no picture. */
  #tell(): void {
    const { length } = this.#lines;
    if (this.#caption.children.length !== length + 1) {
      this.#caption.replaceChildren(
        h("strong", {}, this.#title),
        ...this.#lines.map(({ colour }) => h("span", { class: `key ${colour}` })),
      );
    }
    const words = this.#lines.map(({ label, values }, at) => {
      const text = `${label} ${countWords(values.at(-1) ?? 0)}`;
      setText(this.#caption.children[at + 1]!, text);
      return `${text}, at most ${countWords(Math.max(0, ...values))}`;
    });
    this.#canvas.setAttribute("aria-label", `${this.#title}: ${words.join("; ")}`);
  }

  #draw(): void {
    if (!this.#isSeen || this.#timesS.length === 0) return;
    const data = [this.#timesS, ...this.#lines.map(({ values }) => values)] as uPlot.AlignedData;
    if (this.#plot === undefined) this.#plot = new uPlot(this.#options(), data, this.#canvas);
    else this.#plot.setData(data);
  }

  #drawAnew(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#draw();
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`);
    const axis = {
      stroke: colour("quiet"),
      font: FONT,
      grid: { stroke: colour("line"), width: 1 },
      ticks: { stroke: colour("line"), width: 1 },
    };
    return {
      width: this.#canvas.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.05)] } },
      axes: [
        // Hours and minutes as a clock has them, whatever the language.
        {
          ...axis,
          values: (_, times) => {
            const hasSeconds = (times[1] ?? Infinity) - (times[0] ?? 0) < 60;
            return times.map((time) => clockTime(time * 1000, hasSeconds));
          },
        },
        { ...axis, size: 48, values: (_, values) => values.map(countWords) },
      ],
      series: [
        {},
        ...this.#lines.map(({ label, colour: name, dashed }) => ({
          label,
          stroke: colour(name),
          width: 2,
          // Where lines lie on each other, both are seen.
          ...dashed && { dash: [4, 4] },
          points: { show: false },
        })),
      ],
    };
  }

  /** Only when it is open: few want it. */
  #fillTable(): void {
    if (!this.#details.open) return;
    const head = ["Time", ...this.#lines.map(({ label }) => label)];
    const rows = this.#timesS.map((time, at) => [
      clockTime(time * 1000),
      ...this.#lines.map(({ values }) => countWords(values[at] ?? 0)),
    ]).slice(-TABLE_ROWS).reverse();
    this.#table.replaceChildren(
      h("thead", {}, h("tr", {}, ...head.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, cell))))),
    );
  }
}

/** Hours and minutes, where the reader is. */
export function clockTime(ms: number, hasSeconds = false): string {
  const date = new Date(ms);
  const parts = [date.getHours(), date.getMinutes(), ...hasSeconds ? [date.getSeconds()] : []];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** The same with seconds; with the day, if it is another one. */
export function momentText(ms: number): string {
  const date = new Date(ms);
  const time = clockTime(ms, true);
  if (date.toDateString() === new Date().toDateString()) return time;
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0")).join("-");
  return `${day} ${time}`;
}
