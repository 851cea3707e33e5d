/**
 * Durations as Prometheus writes them: whole numbers with units, the largest
 * first, each at most once.
 */
const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS: readonly (readonly [string, number])[] = [
  ["y", 365 * 86_400_000],
  ["w", 7 * 86_400_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/** Milliseconds of "1h30m", "500ms" or "0"; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const match = PATTERN.exec(text);
  if (text === "" || match === null) return undefined;
  const ms = UNITS.reduce(
    (sum, [, unitMs], index) => sum + Number(match[index + 1] ?? 0) * unitMs,
    0,
  );
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** What a text would have to be to be a duration: for one that {@link parseDuration} makes nothing of. */
export function expectedDuration(text: string): string {
  if (/\d[.,]\d/.test(text)) {
    return 'whole numbers with units, such as "1h30m" for one hour and a half';
  }
  if (/^(?:\d+(?:ms|[ywdhms]))+$/.test(text)) {
    const order = 'units from the largest to the smallest, each once, such as "1h30m"';
    return PATTERN.test(text) ? "a shorter duration" : order;
  }
  return 'a number with a unit such as "5s"';
}

/** The shortest text for whole milliseconds: 5400000 is "1h30m". */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  let rest = durationMs;
  let text = "";
  for (const [unit, unitMs] of UNITS) {
    // As Prometheus: years and weeks only where they are all there is.
    if ((unit === "y" || unit === "w") && durationMs % unitMs !== 0) continue;
    const count = Math.floor(rest / unitMs);
    if (count === 0) continue;
    text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text;
}
