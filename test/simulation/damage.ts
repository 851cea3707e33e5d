import { ENDPOINTS } from "./random_options.ts";
import type { CommitState } from "./model.ts";
import type { World } from "./world.ts";

/** One that one endpoint's disk refused goes there later, too. */
const ON_THE_WAY: ReadonlySet<CommitState> = new Set(["open", "accepted", "failed"]);

/** Damages one file of one endpoint. What is in it may be lost there, and nothing else. */
export function damage(world: World): void {
  const { dice, host } = world;
  const { files } = host.memory;
  const name = dice.pick(ENDPOINTS);
  const paths = files.paths().filter((path) =>
    path.startsWith(world.walOf(name)) && path.endsWith(".committed")
  );
  if (!world.damages || paths.length === 0) return;
  const path = dice.pick(paths);
  const bytes = files.peek(path)!;
  const rows = world.reader.ofFile(bytes);
  if (rows === undefined) return;
  // Until a commit is durable for all endpoints, the file may be about to be linked to by the next one.
  if (rows.some(({ commit }) => ON_THE_WAY.has(commit.state))) return;
  world.lose(name, rows);
  const way = dice.pick(["flip", "cut", "zero"]);
  world.note(`damage ${path}: ${way}`);
  const at = dice.between(0, bytes.length - 1);
  if (way === "flip") bytes[at]! ^= 1 << dice.between(0, 7);
  if (way === "zero") bytes.fill(0, at);
  const left = way === "cut" ? bytes.slice(0, at) : bytes;
  world.damaged.set(path, left);
  files.plant(path, left);
}
