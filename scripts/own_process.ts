/** Which test files may share a process with others (`test_group.ts`). */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { importsOf } from "./import_rules.ts";

/**
 * What others in the process would see: hooks around all of its tests, its memory, its
 * directory and environment, signals to it, and globals that are put in another's place.
 */
const SEEN_BY_OTHERS =
  /^(?:before|after)(?:Each)?\(|\bprocess\.(?:memoryUsage|chdir|kill\(process\.pid)|\bprocess\.env\[[^\]]+\] = |\bdefineProperty\(\s*(?:globalThis|WebAssembly)\b|\bWebAssembly\.\w+ = |\bmock\.method\(/m;

type Read = (path: string) => string;

/** The files of `test/` that a test file is made of, itself first. */
export function sourcesOf(file: string, read: Read = readSource): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (sources.has(next)) continue;
    const source = read(next);
    sources.set(next, source);
    for (const specifier of importsOf(source).specifiers) {
      const path = posix.join(posix.dirname(next), specifier);
      if (specifier.startsWith(".") && path.startsWith("test/")) waiting.push(path);
    }
  }
  return sources;
}

/** Whether a test file, or what it has from other files of `test/`, needs a process of its own. */
export function needsOwnProcess(file: string, read: Read = readSource): boolean {
  return [...sourcesOf(file, read).values()].some((source) => SEEN_BY_OTHERS.test(source));
}

function readSource(path: string): string {
  return readFileSync(path, "utf8");
}
