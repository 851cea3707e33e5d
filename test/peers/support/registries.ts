/** What npm and pip install for a test: programs of others with what they depend on. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { missing } from "./installed.ts";

/** Where it is, or why it is not there. */
export interface Installed {
  readonly path: string;
  readonly skip: string | false;
}

const INSTALL_MS_MAX = 10 * 60_000;
/** What a registry that cannot be reached looks like; all else is a defect. */
const OFFLINE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|getaddrinfo|Connection (?:refused|broken)|Temporary failure|No matching distribution/;

/** A directory of `test/peers/` that has a package.json, with its modules. */
export function npmInstalled(name: string): Installed {
  const path = resolve(join("build", "peers", name));
  mkdirSync(path, { recursive: true });
  cpSync(join("test", "peers", name), path, { recursive: true });
  const args = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"];
  return { path, skip: run("npm", args, path) };
}

/** A Python with what requirements.txt in a directory of `test/peers/` wants: its path. */
export function pipInstalled(name: string): Installed {
  const absent = missing("python3");
  const directory = resolve(join("build", "peers", name));
  const path = join(directory, "bin", "python");
  if (absent) return { path, skip: absent };
  if (!existsSync(path)) {
    // Debian has venv in a package of its own.
    const { status, stdout } = spawnSync("python3", ["-m", "venv", directory], {
      encoding: "utf8",
    });
    if (status !== 0) return { path, skip: `python3 -m venv: ${stdout.split("\n")[0]}` };
  }
  const wanted = resolve(join("test", "peers", name, "requirements.txt"));
  const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted];
  return { path, skip: run(path, args, directory) };
}

function run(command: string, args: readonly string[], cwd: string): string | false {
  const { status, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: INSTALL_MS_MAX,
  });
  if (status === 0) return false;
  const what = `${command} ${args[0]}: ${error?.message ?? stderr}`;
  if (OFFLINE.test(what)) return what.split("\n").slice(0, 2).join(" ");
  throw new Error(what);
}
