import type { HttpAnswer } from "../../src/contracts.ts";

/** The answer of an endpoint that says what time it is. */
export function dated(answer: HttpAnswer, timeMs: number): HttpAnswer {
  const date = new Date(timeMs).toUTCString();
  return { ...answer, header: (name) => name === "date" ? date : answer.header(name) };
}
