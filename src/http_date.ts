/**
 * Reads a date of HTTP (RFC 9110, section 5.6.7), in milliseconds since the epoch;
 * undefined when it is none. All of them are in GMT; the form of asctime does not say so.
 */
export function httpDateMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  const dateMs = Date.parse(trimmed.endsWith("GMT") ? trimmed : `${trimmed} GMT`);
  return Number.isNaN(dateMs) ? undefined : dateMs;
}
