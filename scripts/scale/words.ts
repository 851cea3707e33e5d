/** Numbers as people read them: three digits that mean something. */

export function count(value: number): string {
  if (value === Infinity) return "never";
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(3));
  return rounded >= 100 ? Math.round(rounded).toLocaleString("en-US") : String(rounded);
}

const STEPS = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]] as const;

export function bytes(value: number): string {
  const [size, unit] = STEPS.find(([size]) => value >= size) ?? [1, "B"];
  return `${count(value / size)} ${unit}`;
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value < 1 ? value.toFixed(1) : value.toFixed(0)}%`;
}

export function seconds(value: number): string {
  if (value === Infinity) return "never";
  if (value < 120) return `${count(value)} s`;
  if (value < 2 * 3600) return `${count(value / 60)} min`;
  return value < 48 * 3600 ? `${count(value / 3600)} h` : `${count(value / 86_400)} d`;
}
