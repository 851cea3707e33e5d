/** Panels as Grafana's JSON has them. */
import type { Lines, Panel, Query, Row, Stat, Table } from "./panel.ts";

const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;
const COLUMNS = 24;
/** Of a table: which series of the queries are one row. */
const KEYS = ["job", "instance", "endpoint"] as const;

/** The rows one under the other, and in each its panels from left to right. */
export function layOut(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let top = 0;
  const ids = { last: 0 };
  for (const row of rows) {
    const head = { type: "row", title: row.title, id: ++ids.last };
    const place = { h: 1, w: COLUMNS, x: 0, y: top++ };
    const { placed, bottom } = placePanels(row.panels, top, ids);
    panels.push({
      ...head,
      collapsed: row.isClosed ?? false,
      gridPos: place,
      panels: row.isClosed ? placed : [],
    });
    if (!row.isClosed) {
      panels.push(...placed);
      top = bottom;
    }
  }
  return panels;
}

function placePanels(
  panels: readonly Panel[],
  top: number,
  ids: { last: number },
): { placed: object[]; bottom: number } {
  let [left, line, bottom] = [0, top, top];
  const placed = panels.map((panel) => {
    if (left + panel.width > COLUMNS) [left, line] = [0, bottom];
    const gridPos = { h: panel.height, w: panel.width, x: left, y: line };
    left += panel.width;
    bottom = Math.max(bottom, line + panel.height);
    return { ...renderPanel(panel), id: ++ids.last, gridPos };
  });
  return { placed, bottom };
}

function renderPanel(panel: Panel): object {
  const common = {
    type: panel.type,
    title: panel.title,
    description: panel.doc,
    datasource: DATASOURCE,
  };
  switch (panel.type) {
    case "stat":
      return { ...common, ...renderStat(panel) };
    case "timeseries":
      return { ...common, ...renderLines(panel) };
    case "table":
      return { ...common, ...renderTable(panel) };
  }
}

function targets(queries: readonly Query[], more: object): object[] {
  return queries.map(({ expr, legend }, index) => ({
    refId: refId(index),
    datasource: DATASOURCE,
    editorMode: "code",
    expr,
    legendFormat: legend,
    ...more,
  }));
}

function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function renderStat({ unit, queries, steps, texts = {}, nothing }: Stat): object {
  const options = Object.fromEntries(
    Object.entries(texts).map(([value, text], index) => [value, { text, index }]),
  );
  return {
    targets: targets(queries, { instant: true, range: false }),
    fieldConfig: {
      defaults: {
        unit,
        noValue: nothing,
        color: { mode: "thresholds" },
        thresholds: { mode: "absolute", steps: steps.map(([value, color]) => ({ value, color })) },
        mappings: Object.keys(options).length > 0 ? [{ type: "value", options }] : [],
      },
      overrides: [],
    },
    options: {
      reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
      colorMode: "background",
      graphMode: "none",
      justifyMode: "auto",
      orientation: "auto",
      textMode: "value",
    },
  };
}

function renderLines({ unit, queries, isStacked = false }: Lines): object {
  return {
    targets: targets(queries, { range: true }),
    fieldConfig: {
      defaults: {
        unit,
        color: { mode: "palette-classic" },
        custom: {
          drawStyle: "line",
          axisSoftMin: 0,
          lineWidth: 1,
          fillOpacity: isStacked ? 30 : 5,
          showPoints: "auto",
          spanNulls: false,
          stacking: { mode: isStacked ? "normal" : "none", group: "A" },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
      tooltip: { mode: "multi", sort: "desc" },
    },
  };
}

/** The columns of all queries beside each other, in rows of what they have in common. */
function renderTable({ unit, units, queries }: Table): object {
  const names = Object.fromEntries(
    queries.map(({ legend }, index) => [`Value #${refId(index)}`, legend]),
  );
  const order = [...KEYS, ...Object.keys(names)];
  return {
    targets: targets(queries, { instant: true, range: false, format: "table" }),
    transformations: [
      { id: "filterFieldsByName", options: { include: { names: order } } },
      { id: "merge", options: {} },
      {
        id: "organize",
        options: {
          indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
          renameByName: names,
        },
      },
    ],
    fieldConfig: {
      defaults: { unit, noValue: "", custom: { align: "auto", filterable: true } },
      overrides: Object.entries(units).map(([name, value]) => ({
        matcher: { id: "byName", options: name },
        properties: [{ id: "unit", value }],
      })),
    },
    options: { showHeader: true, cellHeight: "sm", sortBy: [] },
  };
}
