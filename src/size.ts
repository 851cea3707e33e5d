/** Bytes of each unit: as in Prometheus's file `KB` and `KiB` are the same, a power of 1024. */
const UNITS = ["B", "K", "M", "G", "T", "P"] as const;
const PART = /(\d+(?:\.\d+)?)([KMGTP]i?B|B)/g;

/** Bytes of "512MB", "1.5GiB" or "1GB512MB"; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (text === "" || parts.map(([part]) => part).join("") !== text) return undefined;
  const bytes = parts.reduce(
    (sum, [, count, unit = ""]) =>
      sum + Number(count) * 1024 ** UNITS.indexOf(unit[0] as (typeof UNITS)[number]),
    0,
  );
  // A part of a byte is none, as in Prometheus.
  return Number.isSafeInteger(Math.floor(bytes)) ? Math.floor(bytes) : undefined;
}

/** The shortest text for whole bytes: 1048576 is "1MiB", 1000 is "1000B". */
export function formatSize(bytes: number): string {
  let power = 0;
  let count = bytes;
  while (count >= 1024 && count % 1024 === 0 && power < UNITS.length - 1) {
    count /= 1024;
    power++;
  }
  return `${count}${power === 0 ? "B" : `${UNITS[power]}iB`}`;
}
