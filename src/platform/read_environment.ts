import process from "node:process";

/** The value of an environment variable of this process; undefined when it is not set. */
export function readEnvironment(name: string): string | undefined {
  return process.env[name];
}
