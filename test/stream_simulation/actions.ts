import { WalqError } from "../../src/errors.ts";
import type { StreamHost } from "./host.ts";
import type { Commit } from "./model.ts";
import { RECEIVER_MOODS } from "./receiver.ts";
import { SERVER_MOODS, WORSE_MOODS } from "./servers.ts";
import type { World } from "./world.ts";

/** A commit may be answered with these and no others. */
const REFUSALS: readonly string[] = ["STORAGE", "OVERLOADED", "CLOSED"];
/** Each host has series of its own, as each target is scraped by one. */
const SERIES = 6;

const WEIGHTS = {
  commit: 10,
  burst: 3,
  pass_little: 5,
  pass_some: 4,
  pass_long: 2,
  kill: 2,
  pause: 1,
  cut: 1,
  mend: 3,
  server_mood: 2,
  receiver_mood: 2,
  interrupt: 1,
  restart: 1,
  update: 1,
} as const;

/** What servers do that break their promise, in some schedules. */
const BREAKS = { go_back: 2, make_anew: 1 } as const;

type Move = keyof typeof WEIGHTS | keyof typeof BREAKS;

/** One random move. */
export async function act(world: World): Promise<void> {
  const { dice, hosts } = world;
  const what: Move = world.breaksPromises
    ? dice.weighted({ ...WEIGHTS, ...BREAKS })
    : dice.weighted(WEIGHTS);
  const host = dice.pick(hosts);
  world.note(`${what} ${host.name}`);
  if (host.queue === undefined && what !== "pause" && what !== "cut") {
    await host.open(world.options);
  }
  await MOVES[what](world, host);
}

const MOVES: Record<Move, (world: World, host: StreamHost) => Promise<void> | void> = {
  commit: (world, host) => commit(world, host),
  burst(world, host) {
    for (let left = world.dice.between(2, 8); left > 0; left--) commit(world, host);
  },
  pass_little: (world) => pass(world, world.dice.between(1, 1_000)),
  pass_some: (world) => pass(world, world.dice.between(1_000, 12_000)),
  pass_long: (world) => pass(world, world.dice.between(15_000, 60_000)),
  kill(world, host) {
    host.kill();
    world.tally.kills++;
  },
  pause(world, host) {
    if (host.queue === undefined) return;
    host.pause();
    world.tally.pauses++;
  },
  cut(world, host) {
    host.isCut = true;
    world.tally.cuts++;
  },
  mend(_world, host) {
    host.isCut = false;
    host.resume();
  },
  server_mood(world) {
    world.servers.mood = world.dice.pick(world.breaksPromises ? WORSE_MOODS : SERVER_MOODS);
    world.note(`the servers are ${world.servers.mood}`);
  },
  receiver_mood(world) {
    const receiver = world.dice.pick([...world.receivers.values()]);
    receiver.mood = world.dice.pick(RECEIVER_MOODS);
    world.note(`${receiver.name} is ${receiver.mood}`);
  },
  interrupt(world) {
    if (world.breaksPromises) world.servers.elect();
    // Who follows may hear nothing of another leader.
    if (!world.breaksPromises || world.dice.chance(0.5)) world.servers.stream.interrupt();
    world.tally.interruptions++;
  },
  async restart(world, host) {
    if (host.isPaused) return;
    await host.close(world.dice.pick([0, 2_000]));
    world.tally.restarts++;
  },
  async update(world, host) {
    if (host.isPaused || host.queue === undefined) return;
    world.options = world.randomOptions();
    await world.finish(`${host.name} updates`, host.queue.update(world.options));
  },
  async go_back(world) {
    const { servers, dice } = world;
    const { mood, stream } = servers;
    // Who follows is told of the restart, or goes on after his number and hears nothing of it.
    const isTold = dice.chance(0.5);
    servers.mood = "without a leader";
    await pass(world, dice.between(6_000, 20_000));
    servers.mood = mood;
    world.excuse();
    servers.restarted();
    servers.elect();
    stream.goBack(Math.max(0, stream.state.lastSeq - dice.between(1, 12)));
    if (isTold) stream.interrupt();
  },
  make_anew(world) {
    world.excuse();
    world.servers.restarted();
    world.servers.stream.makeAnew();
  },
};

async function pass(world: World, ms: number): Promise<void> {
  await world.time.advance(ms);
}

/** Commits rows of random series, and does not wait for the answer. */
function commit(world: World, host: StreamHost): void {
  const { dice, model, tally } = world;
  const { queue } = host;
  if (queue === undefined || host.isPaused) return;
  const series = Array.from(
    { length: dice.between(1, 5) },
    () => `${host.name}_${dice.between(0, SERIES - 1)}`,
  );
  const one = model.begin(series);
  host.unanswered.add(one);
  tally.commits++;
  const appender = queue.appender();
  const timestampMs = Math.floor(world.time.nowMs());
  for (const { series: name, value } of one.rows) {
    appender.append({ __name__: name, host: host.name }, timestampMs + value, value);
  }
  appender.commit({ durable: true }).then(
    () => answered(world, host, one, "acked"),
    (error: unknown) => {
      if (!(error instanceof WalqError && REFUSALS.includes(error.code))) {
        model.violate(`${host.name}: a commit was answered with ${error}`);
      }
      answered(world, host, one, "failed");
    },
  );
}

function answered(world: World, host: StreamHost, one: Commit, state: "acked" | "failed"): void {
  if (!host.unanswered.delete(one) || one.state !== "open") return;
  if (state === "acked") world.model.ack(one);
  else {
    one.state = "failed";
    world.tally.refused++;
  }
}
