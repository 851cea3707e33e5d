/** Names of Influx as names of Prometheus: what receivers of every age take. */

/** As a metric is called, if it has a name for each of its characters. */
export function metricName(name: string): string {
  return behindNoDigit(name.replace(/[^a-zA-Z0-9_:]/gu, "_"));
}

/** As a label is called. */
export function labelName(name: string): string {
  return behindNoDigit(name.replace(/[^a-zA-Z0-9_]/gu, "_"));
}

function behindNoDigit(name: string): string {
  return /^\d/.test(name) ? `_${name}` : name;
}
