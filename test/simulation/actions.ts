/** The moves of a schedule, each as often as its weight says. */
import type { Dice } from "./dice.ts";
import { commit, commitInTurn, flush, rollback, stream, type Way } from "./commits.ts";
import { SURVIVALS } from "./host.ts";
import { close, crash, finish, pass, update } from "./life.ts";
import { damage } from "./damage.ts";
import { replay, retry } from "./kept.ts";
import { putInTheWay, stealLock } from "./stolen_lock.ts";
import { changedOptions } from "./random_options.ts";
import { renames } from "./renames.ts";
import { resend } from "./resend.ts";
import { DISK_MOODS } from "./unreliable_disk.ts";
import { DIALECTS, MOODS, placeOf } from "./unreliable_endpoint.ts";
import type { World } from "./world.ts";

type Action = (world: World) => void | Promise<void>;

const ACTIONS = {
  commit: (world) => {
    const rows = world.dice.between(1, 6);
    void commit(world, randomWay(world.dice), rows);
  },
  large_commit: (world) => void commit(world, randomWay(world.dice), 40),
  burst: (world) => {
    const { dice } = world;
    const commits = dice.between(5, 40);
    for (let each = 0; each < commits; each++) {
      void commit(world, randomWay(dice), dice.between(1, 3));
    }
  },
  commit_in_turn: (world) => void commitInTurn(world, randomWay(world.dice), 8),
  stream: (world) => void stream(world, randomWay(world.dice), world.dice.between(20, 60)),
  rollback,
  flush: (world) => void flush(world),
  pass_little: (world) => pass(world, world.dice.between(0, 30)),
  pass_some: (world) => pass(world, world.dice.between(30, 3000)),
  pass_long: (world) => pass(world, world.dice.between(3, 120) * 1000),
  pass_very_long: (world) => pass(world, world.dice.between(5, 40) * 60_000),
  crash: (world) => crash(world, world.dice.pick(SURVIVALS)),
  crash_soon: (world) => world.disk.freezeAfter(world.dice.between(0, 30)),
  close: (world) => close(world, world.dice.pick([0, 0, 1000, 60_000])),
  update: async (world) => {
    // The queue does one after the other; what the model knows is simpler with one at a time.
    if (world.updating > 0) return;
    const updated = update(world, changedOptions(world.dice, world.options));
    if (world.dice.chance(0.5)) await finish(world, "update", updated);
  },
  renames,
  endpoint_mood: (world) => {
    const [name, endpoint] = world.dice.pick([...world.endpoints]);
    endpoint.mood = world.dice.chance(0.3) ? "well" : world.dice.pick(MOODS);
    if (endpoint.mood === "poisoned") endpoint.poison = somePoison(world, name);
    if (world.dice.chance(0.3)) endpoint.dialect = world.dice.pick(DIALECTS);
    world.note(`${name} is ${endpoint.mood}, to 2.0 ${endpoint.dialect}`);
  },
  // A request is halved in few schedules otherwise: the more moods there are, the fewer.
  poison: (world) => {
    const [name, endpoint] = world.dice.pick([...world.endpoints]);
    endpoint.mood = "poisoned";
    endpoint.poison = somePoison(world, name);
    world.note(`${name} is poisoned`);
  },
  disk_mood: (world) => {
    // Where fsyncs are slow a bound in time is to be held, on a disk that is well but for that.
    const isWell = world.dice.chance(world.disk.fsyncMs > 0 ? 0.8 : 0.3);
    const mood = isWell ? "well" : world.dice.pick(DISK_MOODS);
    world.disk.change(mood, world.host.memory.files);
    world.note(`disk is ${mood}`);
  },
  damage,
  retry_rejected: (world) => void retry(world),
  replay: (world) => void replay(world),
  steal_lock: stealLock,
  put_in_the_way: putInTheWay,
  clock_jump: (world) => {
    world.passTime();
    world.time.jump(world.dice.between(-600, 600) * 1000);
    world.passTime();
  },
} satisfies Record<string, Action>;

const WEIGHTS: Readonly<Record<keyof typeof ACTIONS, number>> = {
  commit: 30,
  large_commit: 2,
  burst: 3,
  commit_in_turn: 4,
  stream: 4,
  rollback: 2,
  flush: 3,
  pass_little: 14,
  pass_some: 14,
  pass_long: 5,
  pass_very_long: 1,
  crash: 5,
  crash_soon: 6,
  close: 2,
  update: 5,
  renames: 2,
  endpoint_mood: 6,
  poison: 2,
  disk_mood: 6,
  damage: 3,
  retry_rejected: 3,
  replay: 1,
  steal_lock: 2,
  put_in_the_way: 2,
  clock_jump: 1,
};

/** One move. */
export async function act(world: World): Promise<void> {
  if (world.resends.isDue()) return await resend(world);
  const name = world.dice.weighted(WEIGHTS);
  if (!["close", "crash", "update"].includes(name)) world.note(name);
  await (ACTIONS[name] as Action)(world);
}

/** One or two rows, owed or to come: as few as a split has attempts to find. */
function somePoison({ dice, model }: World, name: string): Set<string> {
  const owed = [...model.account(name).outstanding];
  return new Set(Array.from({ length: dice.between(1, 2) }, () => {
    if (owed.length > 0 && dice.chance(0.5)) return placeOf(dice.pick(owed));
    const series = dice.between(0, model.rows.length - 1);
    return placeOf({ series, value: model.rows[series]!.length + dice.between(0, 4) });
  }));
}

function randomWay(dice: Dice): Way {
  return { durable: dice.chance(0.7), by: dice.pick(["appender", "bytes"]) };
}
