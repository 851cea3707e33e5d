import { commit } from "./commits.ts";
import { hasRejected, replay, retry } from "./kept.ts";
import { pass } from "./life.ts";
import { DISK_MOODS } from "./unreliable_disk.ts";
import type { World } from "./world.ts";

/** More looks are not taken whether something is refused, nor is more waited between two. */
const LOOKS_MAX = 6;
const LOOK_MS = 2000;

/** One request is sent again in about so many steps of the disk. */
const STEPS_MAX = 12;

/** An endpoint refuses, is mended, and is sent again what it has refused: the process may die meanwhile. */
export async function resend(world: World): Promise<void> {
  const { host, disk, resends: { dice } } = world;
  const { name } = dice.pick(world.options.endpoints);
  const endpoint = world.endpoints.get(name)!;
  endpoint.mood = "refusing";
  world.note(`${name} is refusing`);
  for (let look = 0; look < LOOKS_MAX && !hasRejected(world); look++) {
    void commit(world, { durable: true, by: "bytes" }, dice.between(1, 4));
    await pass(world, LOOK_MS);
    if (host !== world.host || host.queue === undefined) return;
  }
  if (dice.chance(0.7)) endpoint.mood = "well";
  if (dice.chance(0.3)) disk.change(dice.pick(DISK_MOODS), host.memory.files);
  const dies = dice.chance(0.6);
  world.note(`sent again; disk is ${disk.mood}${dies ? ", the process dies" : ""}`);
  if (dies) disk.freezeAfter(dice.between(0, STEPS_MAX));
  void (dice.chance(0.2) ? replay(world) : retry(world));
  if (dice.chance(0.5)) await pass(world, dice.between(0, LOOK_MS));
}
