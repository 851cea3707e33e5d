/** An endpoint that is given other names while it is down, there and back: each has left something. */
import { commit } from "./commits.ts";
import { finish, pass, update } from "./life.ts";
import { ENDPOINTS, renamedTo } from "./random_options.ts";
import type { World } from "./world.ts";

export async function renames(world: World): Promise<void> {
  // The queue does one change after the other; what the model knows is simpler with one at a time.
  if (world.updating > 0) return;
  const { dice, host } = world;
  for (const endpoint of world.endpoints.values()) endpoint.mood = "down";
  const a = dice.pick(ENDPOINTS);
  const b = dice.pick(ENDPOINTS.filter((name) => name !== a));
  const names = dice.pick([[a, b, a], [a, b, a, b], ENDPOINTS]);
  for (const [at, name] of names.entries()) {
    const isLast = at === names.length - 1;
    const options = renamedTo(dice, world.options, name, isLast || dice.chance(0.2));
    if (!await finish(world, "update", update(world, options))) return;
    for (let each = dice.between(1, 4); each > 0; each--) {
      void commit(world, { durable: true, by: "bytes" }, 1);
      await pass(world, dice.between(1, 300));
      if (host !== world.host || host.queue === undefined) return;
    }
  }
  for (const endpoint of world.endpoints.values()) endpoint.mood = "well";
}
