import { loadKernel } from "../../src/kernel/kernel.ts";
import { BrokenPromise } from "../simulation/schedule.ts";
import { act } from "./actions.ts";
import { keyOf } from "./model.ts";
import type { Tally } from "./tally.ts";
import { World } from "./world.ts";

/** Leases have to end, and backoffs to be over. */
const DRAIN_MS_MAX = 15 * 60_000;

/**
 * Runs one schedule of several processes that share a stream: random moves, each followed by
 * all checks of safety; then all is healed, and all that was acknowledged must arrive.
 *
 * @throws {BrokenPromise} at the first promise that does not hold.
 */
export async function runStreamSchedule(
  { seed, steps, tally }: { readonly seed: number; readonly steps: number; readonly tally: Tally },
): Promise<readonly string[]> {
  await loadKernel();
  const world = new World(seed, tally);
  for (let step = 0; step < steps; step++) {
    await act(world);
    await world.time.settle();
    tally.steps++;
    check(world, seed);
  }
  await checkLiveness(world, seed);
  tally.acked += world.model.acked;
  tally.schedules++;
  return world.trace;
}

function check(world: World, seed: number): void {
  checkAccounts(world);
  const [violation] = world.model.violations;
  if (violation !== undefined) throw new BrokenPromise(seed, violation, world.trace);
}

/** For each process, of each endpoint: what it took over is somewhere. */
function checkAccounts({ hosts, model }: World): void {
  for (const { name, queue } of hosts) {
    for (const endpoint of queue?.stats().endpoints ?? []) {
      const { acceptedTotal, deliveredTotal, droppedTotal, handedOverTotal, pendingSignals } =
        endpoint;
      const dropped = Object.values(droppedTotal).reduce((sum, one) => sum + one, 0);
      const sum = deliveredTotal + dropped + handedOverTotal + pendingSignals;
      if (sum === acceptedTotal) continue;
      model.violate(
        `${name}, ${endpoint.name}: ${acceptedTotal} accepted are not ${deliveredTotal} delivered, ` +
          `${dropped} dropped, ${handedOverTotal} handed over and ${pendingSignals} pending`,
      );
    }
  }
}

/** On servers, hosts and endpoints that are well all that was acknowledged arrives, and nothing is left. */
async function checkLiveness(world: World, seed: number): Promise<void> {
  const { hosts, servers, receivers, model, time } = world;
  world.note("all is healed");
  servers.mood = "well";
  for (const receiver of receivers.values()) receiver.mood = "well";
  for (const host of hosts) {
    host.isCut = false;
    host.resume();
  }
  for (const host of hosts) await host.open(world.options);
  const missing = (): string[] =>
    [...receivers.values()].flatMap((receiver) =>
      model.ackedRows.filter((row) => !receiver.has(row)).map((row) =>
        `${receiver.name}: ${keyOf(row)}`
      )
    );
  const left = (): number =>
    servers.stream.messages.filter(({ subject }) => subject.endsWith(".batches")).length;
  const arrived = await time.advanceUntil(
    () => left() === 0 && missing().length === 0,
    DRAIN_MS_MAX,
  );
  if (!arrived) {
    const [first] = missing();
    model.violate(
      first === undefined
        ? `${left()} batches stay in the stream`
        : `${first} was acknowledged, and never arrived (${missing().length} like it)`,
    );
  }
  check(world, seed);
  for (const host of hosts) await host.close(0);
  check(world, seed);
}
