import type { Environment, FileSystem } from "../../contracts.ts";
import { FileSystemError, messageOf } from "../../errors.ts";

/** The settings of one profile, by their names. */
export type Profile = ReadonlyMap<string, string>;

const FILE_BYTES_MAX = 1024 * 1024;

/** The profiles of this host: `~/.aws/config`, and over it `~/.aws/credentials`. */
export class Profiles {
  readonly #profiles: ReadonlyMap<string, Profile>;

  constructor(profiles: ReadonlyMap<string, Profile>) {
    this.#profiles = profiles;
  }

  /** Undefined where there is none of this name. */
  get(name: string): Profile | undefined {
    return this.#profiles.get(name);
  }
}

/**
 * Reads the files, wherever the environment says that they are. One that is not there is empty.
 *
 * @throws {Error} when one is there and cannot be read.
 */
export async function readProfiles(files: FileSystem, env: Environment): Promise<Profiles> {
  const home = env("HOME") ?? env("USERPROFILE");
  const pathOf = (variable: string, name: string): string | undefined =>
    env(variable) ?? (home === undefined ? undefined : `${home}/.aws/${name}`);
  const config = await read(files, pathOf("AWS_CONFIG_FILE", "config"));
  const credentials = await read(files, pathOf("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
  const profiles = new Map<string, Map<string, string>>();
  const add = (sections: ReadonlyMap<string, Profile>, nameOf: (section: string) => string) => {
    for (const [section, settings] of sections) {
      const name = nameOf(section);
      profiles.set(name, new Map([...profiles.get(name) ?? [], ...settings]));
    }
  };
  add(parseSections(config), (section) => section.replace(/^profile\s+/, ""));
  add(parseSections(credentials), (section) => section);
  return new Profiles(profiles);
}

async function read(files: FileSystem, path: string | undefined): Promise<string> {
  if (path === undefined) return "";
  try {
    return new TextDecoder().decode(await files.readWhole(path, FILE_BYTES_MAX));
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "not_found") return "";
    throw new Error(`cannot read the file "${path}": ${messageOf(error)}`);
  }
}

/** `[name]` and below it `key = value`; what is further in belongs to a setting that walq has no use for. */
export function parseSections(text: string): ReadonlyMap<string, Profile> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line) || /^\s/.test(line)) continue;
    const name = /^\[\s*(.*?)\s*\]/.exec(line)?.[1];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      continue;
    }
    const [, key, value] = /^([^=]+?)\s*=\s*(.*?)(?:\s+[#;].*)?\s*$/.exec(line) ?? [];
    if (key !== undefined) section?.set(key.toLowerCase(), value!);
  }
  return sections;
}
