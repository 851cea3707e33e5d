/** The command line is wrong; exit code 2. */
export class UsageError extends Error {}

/** What does not look like an option of the command line, nor like a command, can be the value of one, and a secret. */
export function shownWord(word: string): string {
  return /^(?:(?:--?)?[a-z][a-z-]{0,30}|--[a-z][a-z.-]{0,60})$/.test(word)
    ? `"${word}"`
    : "that is not shown";
}
