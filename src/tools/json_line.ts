/** A line of JSON lines, as VictoriaMetrics exports them. */
import { jsonFault } from "../json_fault.ts";

/** What a line says; undefined when it is no object. */
export type JsonLine = Readonly<Record<string, unknown>> | undefined;

/** The line as an object. */
export function parseJsonLine(line: string): JsonLine {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    parsed = parsedLoosely(line);
  }
  const isFine = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  return isFine ? parsed as JsonLine : undefined;
}

/** What is wrong with a line that is no object; undefined for an empty one, and for one that is fine. */
export function jsonLineFault(line: string): string | undefined {
  if (line.trim() === "" || parseJsonLine(line) !== undefined) return undefined;
  try {
    JSON.parse(line);
  } catch {
    return `the line is no JSON: ${jsonFault(line)}`;
  }
  return 'the line is not an object such as {"metric":{},"values":[],"timestamps":[]}';
}

/** Some versions of VictoriaMetrics write infinities and NaN without quotes, which no JSON has. */
function parsedLoosely(line: string): unknown {
  const values = line.lastIndexOf('"values":');
  if (values < 0) return undefined;
  const rest = line.slice(values).replace(
    /(?<=[[,])([+-]?)(Inf|NaN)(?=[,\]])/g,
    (_, sign: string, word: string) => word === "NaN" ? "null" : `${sign === "-" ? "-" : ""}1e999`,
  );
  try {
    return JSON.parse(line.slice(0, values) + rest);
  } catch {
    return undefined;
  }
}
