/** The directory that a path is in. */
export function parentOf(path: string): string {
  const slash = path.replace(/(?<=.)\/+$/, "").lastIndexOf("/");
  if (slash < 0) return path === "." ? ".." : ".";
  return path.slice(0, Math.max(1, slash));
}

/** The last name of a path. */
export function lastName(path: string): string {
  const whole = path.replace(/(?<=.)\/+$/, "");
  return whole.slice(whole.lastIndexOf("/") + 1) || whole;
}
