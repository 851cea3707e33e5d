/** Where an option is: names and indexes from the top of the options. */
export type Path = readonly (string | number)[];

/** How a path is a key of a map. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** The directory part of the path of a file. */
export function directoryOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (end < 0) return ".";
  return end === 0 ? path.slice(0, 1) : path.slice(0, end);
}

/** The path of a file that is named in one that is in this directory. */
export function resolvePath(directory: string, path: string): string {
  return /^([/\\]|[A-Za-z]:)/.test(path) ? path : `${directory}/${path}`;
}
