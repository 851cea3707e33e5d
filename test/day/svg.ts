import { type EndpointName, ENDPOINTS } from "./endpoints.ts";
import type { Day, Point } from "./run_day.ts";

const WIDTH = 900;
const LEFT = 70;
const RIGHT = 20;
const PANEL = 120;
const GAP = 46;
const TOP = 48;

interface Line {
  readonly label: string;
  readonly class: string;
  readonly of: (point: Point) => number;
}

const PANELS: readonly { readonly unit: string; readonly lines: readonly Line[] }[] = [
  {
    unit: "connections",
    lines: [
      { label: "wanted", class: "b", of: ({ desired }) => desired },
      { label: "there", class: "a", of: ({ shards }) => shards },
    ],
  },
  {
    unit: "drift, minutes",
    lines: [{ label: "drift", class: "a", of: ({ driftMs }) => driftMs / 60_000 }],
  },
  {
    unit: "errors a minute",
    lines: [{ label: "answers that are no 2xx", class: "c", of: ({ errors }) => errors }],
  },
];

const STYLE = `text{font:12px sans-serif;fill:#333}.g{stroke:#8884;fill:none}` +
  `.l{fill:none;stroke-width:1.5}.a{stroke:#0969da}.b{stroke:#bf8700}.c{stroke:#cf222e}` +
  `.bg{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#ddd}.bg{fill:#0d1117}` +
  `.a{stroke:#58a6ff}.b{stroke:#e3b341}.c{stroke:#ff7b72}}`;

/** A day of one endpoint as a picture: connections, drift and errors over the hours. */
export function daySvg(day: Day, name: EndpointName): string {
  const height = TOP + PANELS.length * (PANEL + GAP);
  const body = PANELS.map((panel, at) => panelSvg(day, name, panel, TOP + at * (PANEL + GAP)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">` +
    `<title>${name}</title><style>${STYLE}</style>` +
    `<rect class="bg" width="${WIDTH}" height="${height}"/>` +
    `<text x="${LEFT}" y="20">${name}: ${ENDPOINTS[name]}</text>\n${body.join("\n")}\n</svg>\n`;
}

function panelSvg(
  { dayMs, points }: Day,
  name: EndpointName,
  { unit, lines }: (typeof PANELS)[number],
  top: number,
): string {
  const all = points[name];
  const max = roundUp(Math.max(1, ...lines.flatMap(({ of }) => all.map(of))));
  const x = (atMs: number): string => (LEFT + atMs / dayMs * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => (top + PANEL - value / max * PANEL).toFixed(1);
  const hours = dayMs / 3_600_000;
  const grid = [0, 0.5, 1].map((part) =>
    `<path class="g" d="M${LEFT} ${y(part * max)}H${WIDTH - RIGHT}"/>` +
    `<text x="${LEFT - 8}" y="${y(part * max)}" text-anchor="end">${part * max}</text>`
  );
  const ticks = Array.from({ length: 9 }, (_, at) => {
    const atMs = dayMs * at / 8;
    return `<text x="${x(atMs)}" y="${top + PANEL + 16}" text-anchor="middle">` +
      `${+(hours * at / 8).toFixed(2)} h</text>`;
  });
  const curves = lines.map(({ class: color, of }) => {
    const path = all.map((point) => `${x(point.atMs)} ${y(of(point))}`).join("L");
    return `<path class="l ${color}" d="M${path}"/>`;
  });
  const legend = lines.map(({ label, class: color }, at) =>
    `<path class="l ${color}" d="M${WIDTH - 330 + at * 100} ${top - 10}h20"/>` +
    `<text x="${WIDTH - 304 + at * 100}" y="${top - 6}">${label}</text>`
  );
  return `<text x="${LEFT}" y="${top - 6}">${unit}</text>` +
    [...grid, ...ticks, ...curves, ...legend].join("\n");
}

/** To 1, 2 or 5 and zeros, so that the axis has round numbers. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}
