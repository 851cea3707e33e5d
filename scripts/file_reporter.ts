/**
 * A reporter for node:test that tells which file the tests are of, where one process
 * runs several: the last line says so when the process ends in the midst of a test.
 */
import { relative } from "node:path";
import process from "node:process";

interface TestEvent {
  readonly type: string;
  readonly data?: { readonly file?: string };
}

export default async function* fileReporter(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  let last: string | undefined;
  for await (const { type, data } of events) {
    if (type !== "test:dequeue" || data?.file === undefined || data.file === last) continue;
    last = data.file;
    yield `→ ${relative(process.cwd(), last)}\n`;
  }
}
