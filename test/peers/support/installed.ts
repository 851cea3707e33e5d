import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** Why a test is skipped; false when all the programs it needs are on the PATH. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => !isInstalled(program));
  return absent.length > 0 && `not installed: ${absent.join(", ")}`;
}

export function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}
