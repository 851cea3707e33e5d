/** Bytes of each unit: as in Prometheus's file `KB` and `KiB` are the same, a power of 1024. */
const UNITS = ["B", "K", "M", "G", "T", "P", "E"] as const;
/** What is written has no larger one: beyond 1024 of it numbers are not exact. */
const POWER_MAX = UNITS.indexOf("P");
const PART = /(\d+(?:\.\d+)?)([KMGTPE]i?B|B)/g;

/** Bytes of "512MB", "1.5GiB" or "1GB512MB"; undefined for anything else, and for more than numbers are exact for. */
export function parseSize(text: string): number | undefined {
  const bytes = parseLargeSize(text);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The same, however large: then it is about as much. */
export function parseLargeSize(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (text === "" || parts.map(([part]) => part).join("") !== text) return undefined;
  const bytes = parts.reduce(
    (sum, [, count, unit = ""]) =>
      sum + Number(count) * 1024 ** UNITS.indexOf(unit[0] as (typeof UNITS)[number]),
    0,
  );
  // A part of a byte is none, as in Prometheus.
  return Math.floor(bytes);
}

/** The shortest text for whole bytes: 1048576 is "1MiB", 1000 is "1000B". */
export function formatSize(bytes: number): string {
  let power = 0;
  let count = bytes;
  while (count >= 1024 && count % 1024 === 0 && power < POWER_MAX) {
    count /= 1024;
    power++;
  }
  return `${count}${power === 0 ? "B" : `${UNITS[power]}iB`}`;
}
