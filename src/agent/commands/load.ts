/**
 * What the commands that run or check a configuration work with. From sources, Node opens the files of all
 * modules that one import asks for at once: in two parts, a host with few file descriptors
 * has enough of them.
 */
export async function load(): Promise<typeof import("../loaded.ts")> {
  await import("../../queue.ts");
  return await import("../loaded.ts");
}
