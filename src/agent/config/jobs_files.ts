/** The files that a configuration names in `scrape_config_files`. */
import { messageOf } from "../../errors.ts";
import { glob, isPattern } from "../../glob.ts";
import { noOptions, type Options, type Origin } from "./filled.ts";
import { directoryOf, type Path, pathKey, resolvePath } from "./path.ts";
import { Problems } from "./problems.ts";
import { resolveReferences } from "./references.ts";
import type { ConfigSource } from "./source.ts";
import { decodeText } from "./text.ts";
import { translateJobs } from "./translate.ts";
import { isNothing } from "./values.ts";
import { CONFIG_BYTES_MAX, parseYaml } from "./yaml.ts";

/** All that match, over all paths. */
const FILES_MAX = 1_000;

type Source = Pick<ConfigSource, "env" | "host">;

/** Adds the jobs of these files to those of the configuration itself; what is wrong goes to `problems`. */
export async function addJobsFiles(
  scrape: Options,
  source: Source,
  problems: Problems,
): Promise<void> {
  const patterns = scrape.values["scrapeConfigFiles"];
  if (!Array.isArray(patterns)) return;
  let count = 0;
  for (const [index, pattern] of patterns.entries()) {
    // What is no text is left to its check.
    if (typeof pattern !== "string") continue;
    const at = originOf(scrape, ["scrapeConfigFiles", index]);
    try {
      const paths = await glob(source.host.files, pattern);
      if (paths.length === 0 && !isPattern(pattern)) {
        problems.remark({ level: "warn", ...at, message: `there is no file "${pattern}"` });
      }
      for (const path of paths) {
        if (++count > FILES_MAX) throw new RangeError(`names more than ${FILES_MAX} files`);
        append(scrape, await readJobs(path, source, problems));
      }
    } catch (error) {
      problems.add(at.place, `${at.key}: ${messageOf(error)}`);
    }
  }
}

/** @throws {Error} where the file cannot be read. */
async function readJobs(path: string, source: Source, problems: Problems): Promise<Options> {
  const text = await readFile(path, source);
  const own = new Problems();
  const parsed = parseYaml(text, path, own);
  const root = parsed && resolveReferences(parsed, source.env, own);
  problems.absorb(own);
  if (root === undefined || isNothing(root)) return noOptions();
  return translateJobs(root, path, { problems, env: source.env, directory: directoryOf(path) });
}

async function readFile(path: string, { host: { files } }: Source): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await files.read(path, CONFIG_BYTES_MAX + 1);
  } catch (error) {
    throw new Error(`cannot read the file "${path}": ${messageOf(error)}`, { cause: error });
  }
  return decodeText(bytes, path);
}

/** Puts jobs behind those that are there, and all that is known of them. */
function append(scrape: Options, more: Options): void {
  const { values: { scrapeConfigs: added } } = more;
  if (!Array.isArray(added)) return;
  const { scrapeConfigs: present = [] } = scrape.values;
  // What is no list is left to its check.
  if (!Array.isArray(present)) return;
  const moved = (key: string): string | undefined => {
    const [list, index, ...rest] = JSON.parse(key) as Path;
    if (list !== "scrapeConfigs" || typeof index !== "number") return undefined;
    return pathKey([list, present.length + index, ...rest]);
  };
  for (const [key, origin] of more.origins) {
    const path = moved(key);
    if (path !== undefined) scrape.origins.set(path, origin);
  }
  for (const key of more.told) {
    // That of the list itself, too: how many jobs there are is not known any more.
    scrape.told.add(moved(key) ?? key);
  }
  scrape.values["scrapeConfigs"] = [...present, ...added];
}

function originOf({ origins }: Options, path: Path): Origin {
  return origins.get(pathKey(path)) ?? origins.get(pathKey(path.slice(0, 1)))!;
}

/**
 * What is in these files now, by the text of the configuration: for who looks whether
 * something has changed. What cannot be read is as good as not there.
 */
export async function jobsFilesText(
  text: string,
  { path, env, host: { files } }: Pick<ConfigSource, "path" | "env" | "host">,
): Promise<string> {
  if (!text.includes("scrape_config_files")) return "";
  const ignored = new Problems();
  const parsed = parseYaml(text, path, ignored);
  const root = parsed && resolveReferences(parsed, env, ignored);
  const list = root?.kind === "map" ? root.entries.get("scrape_config_files") : undefined;
  if (list?.kind !== "list") return "";
  const texts: string[] = [];
  for (const item of list.items) {
    if (item.kind !== "scalar" || item.text === "") continue;
    const found = await glob(files, resolvePath(directoryOf(path), item.text)).catch(() => []);
    for (const one of found.slice(0, FILES_MAX)) {
      const bytes = await files.read(one, CONFIG_BYTES_MAX + 1).catch(() => new Uint8Array());
      texts.push(`\0${one}\0${new TextDecoder().decode(bytes)}`);
    }
  }
  return texts.join("");
}
