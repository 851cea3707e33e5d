/** The fields of a process's `stat` behind its name, the first of which is its state (proc(5)). */
export function statFields(stat: string): readonly string[] {
  // The name of the program is in parentheses, and may hold anything.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
