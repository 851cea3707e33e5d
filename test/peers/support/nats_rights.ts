import { readFileSync } from "node:fs";

/** The row that all others begin with. */
const OPEN = "open it";

/** The subjects that docs/nats.md says a user publishes to who does this, for a stream `metrics`. */
export function rightsTo(what: string): readonly string[] {
  const lines = readFileSync("docs/nats.md", "utf8").split("\n");
  const row = lines.find((line) => line.startsWith(`| ${what}`));
  if (row === undefined) throw new Error(`docs/nats.md has no row of rights "${what}"`);
  const own = [...row.split("|")[2]!.matchAll(/`([^`]+)`/g)].map(([, subject]) => subject!);
  return what === OPEN ? own : [...rightsTo(OPEN), ...own];
}

/** A line of a server's file: a user who may do this alone. */
export function userWho(name: string, publish: readonly string[]): string {
  const subjects = publish.map((subject) => `"${subject}"`).join(", ");
  const rights = `{ publish: [${subjects}], subscribe: ["_INBOX.>"] }`;
  return `{ user: ${name}, password: "x", permissions: ${rights} }`;
}

/** Whether a right is one for this subject. */
export function isFor(right: string, subject: string): boolean {
  const words = subject.split(".");
  const wanted = right.split(".");
  const hasTail = wanted.at(-1) === ">";
  if (hasTail ? words.length < wanted.length : words.length !== wanted.length) return false;
  return wanted.every((word, at) => word === "*" || word === ">" || word === words[at]);
}
