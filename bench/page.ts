/**
 * What the page costs a browser and walq: main-thread milliseconds a second by the browser's own
 * count (CDP, Performance.getMetrics), with 100 endpoints and 2,000 targets, in each view.
 */
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, CDPSession } from "playwright-core";
import { launchBrowser, noBrowser } from "../test/peers/support/browser.ts";
import { PageWorld } from "../test/peers/support/page_world.ts";

const ENDPOINTS = 100;
const TARGETS = 2_000;
/** Every tenth is down. */
const DOWN_EVERY = 10;
const SETTLE_MS = 60_000;
const MEASURE_S = 30;
/** What is allowed of the main thread, in milliseconds a second. */
const BAR_MS = 100;
const VIEWS: readonly (readonly [name: string, hash: string])[] = [
  ["endpoints", "#/"],
  ["one endpoint", "#/endpoint/e1"],
  ["targets", "#/targets"],
  ["rules", "#/rules"],
];

/** False where a view takes more of the main thread than it may. */
export async function measurePage(): Promise<boolean> {
  const why = noBrowser();
  if (why !== false) throw new Error(why);
  const endpoints = Array.from({ length: ENDPOINTS }, (_, at) => `e${at}`);
  const world = await PageWorld.open({ endpoints, targets: TARGETS, intervalS: 15 });
  for (const [at, name] of endpoints.entries()) {
    if (at % DOWN_EVERY === 0) world.answers.set(name, [503, "be patient"]);
  }
  const browser = await launchBrowser();
  try {
    console.log(
      `${ENDPOINTS} endpoints, every ${DOWN_EVERY}th down, ${TARGETS} targets; ${host()}`,
    );
    await delay(SETTLE_MS);
    const idle = await cpuSecondsOf(world, async () => await delay(MEASURE_S * 1000));
    console.log(`nobody looks: walq takes ${perSecond(idle)} ms of CPU a second`);
    let isFine = true;
    for (const [name, hash] of VIEWS) {
      isFine = await measureView(browser, world, name, hash) && isFine;
    }
    return isFine;
  } finally {
    await browser.close();
    await world.close();
  }
}

async function measureView(
  browser: Browser,
  world: PageWorld,
  name: string,
  hash: string,
): Promise<boolean> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${world.origin}/${hash}`);
  await page.locator("h1").waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  // Loading it is not what goes on all the time.
  await delay(5_000);
  const before = await metricsOf(session);
  const cpu = await cpuSecondsOf(world, async () => await delay(MEASURE_S * 1000));
  const after = await metricsOf(session);
  const seconds = after.Timestamp - before.Timestamp;
  const ms = (key: keyof Metrics): string =>
    ((after[key] - before[key]) * 1000 / seconds).toFixed(1);
  console.log(
    `${name}: ${ms("TaskDuration")} ms of the main thread a second (script ${
      ms("ScriptDuration")
    }, ` +
      `layout ${ms("LayoutDuration")}, style ${ms("RecalcStyleDuration")}), ` +
      `${(after.JSHeapUsedSize / 1e6).toFixed(1)} MB; walq takes ${
        perSecond(cpu)
      } ms of CPU a second`,
  );
  await page.close();
  return Number(ms("TaskDuration")) < BAR_MS;
}

interface Metrics {
  readonly Timestamp: number;
  readonly TaskDuration: number;
  readonly ScriptDuration: number;
  readonly LayoutDuration: number;
  readonly RecalcStyleDuration: number;
  readonly JSHeapUsedSize: number;
}

async function metricsOf(session: CDPSession): Promise<Metrics> {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value])) as unknown as Metrics;
}

async function cpuSecondsOf(world: PageWorld, work: () => Promise<void>): Promise<number> {
  const before = await world.walq.metric("process_cpu_seconds_total");
  await work();
  return await world.walq.metric("process_cpu_seconds_total") - before;
}

function perSecond(cpuSeconds: number): string {
  return (cpuSeconds * 1000 / MEASURE_S).toFixed(1);
}

function host(): string {
  const day = new Date().toISOString().slice(0, 10);
  const load = existsSync("/proc/loadavg")
    ? readFileSync("/proc/loadavg", "utf8").split(" ")[0]
    : "?";
  return `${cpus()[0]?.model ?? "?"}, load ${load}, ${day}`;
}
