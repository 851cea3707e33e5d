/** The rules and the dashboard, before a real Prometheus. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { ALERTS } from "../../scripts/ops/alerts.ts";
import { ROWS } from "../../scripts/ops/dashboard.ts";
import { Scene } from "./ops/scene.ts";
import { missing } from "./support/installed.ts";
import { whyNoTmpfs } from "./support/tmpfs.ts";
import { until } from "./support/until.ts";

const DIRECTORY = "ops/prometheus";

describe("promtool", { skip: missing("promtool") }, () => {
  it("takes the rules", () => promtool("check", "rules", "walq.rules.yaml"));
  it("each alert fires when it should, and rests when it should", () =>
    promtool("test", "rules", "walq.rules.test.yaml"));
});

function promtool(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync("promtool", args, {
    cwd: DIRECTORY,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout + stderr);
}

/** What Grafana puts in place of its variables. */
function filledIn(expr: string): string {
  return expr.replaceAll(/\$(?:job|instance|endpoint)\b/g, ".*")
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__range", "10m");
}

const QUERIES = ROWS.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries }) =>
    queries.map(({ expr, legend }) => ({ name: `${title}: ${legend}`, query: filledIn(expr) }))
  )
);
/** What a test of seconds does not see: files are counted before Prometheus looks, and a minute has to go by. */
const UNSEEN: ReadonlySet<string> = new Set([
  "Files: uncounted {{instance}} {{endpoint}}",
  "Clock: senders {{instance}}",
]);

/** Shown by the second walq alone, which is killed before the others are waited for. */
const REFUSED = "Trouble: not stored {{instance}} {{endpoint}}";

describe("a Prometheus that scrapes walq in each state", { skip: missing("prometheus") }, () => {
  it("names what it waits for", () => assert.ok(QUERIES.some(({ name }) => name === REFUSED)));
  it("answers every query of the dashboard and of the rules, and fires what it should", async (context) => {
    const scene = await Scene.open(context);
    const { prometheus } = scene;
    const empty = new Map(QUERIES.map(({ name, query }) => [name, query]));
    const start = String(Math.floor(Date.now() / 1000));
    /**
     * Asks what is still empty; whatever is refused fails here. Of every second until now, as some
     * of it shows for seconds, and nobody knows how long this test is kept from looking.
     */
    async function look(): Promise<void> {
      const range = { start, end: String(Math.ceil(Date.now() / 1000)), step: "1" };
      for (const [name, query] of empty) {
        const { result } = await prometheus.api<{ result: unknown[] }>("query_range", {
          query,
          ...range,
        });
        if (result.length > 0) empty.delete(name);
      }
    }

    const unseenHere = new Set<string>();
    if (whyNoTmpfs() === false) {
      await scene.untilSecondRefuses();
      await untilFiring(scene, ["WalqDiskRefuses"]);
      // An increase is seen at the second look at the counter, the alert at the first.
      await until("what the disk refused is seen", async () => {
        await scene.sendAll();
        await look();
        return !empty.has(REFUSED);
      });
    } else {
      context.diagnostic(`note: no disk refuses here: ${whyNoTmpfs()}`);
      unseenHere.add(REFUSED);
    }
    await look();
    await scene.killSecond();
    await until("every line of every panel has shown something", async () => {
      await scene.sendAll();
      await look();
      return [...empty.keys()].every((name) => UNSEEN.has(name) || unseenHere.has(name));
    }).catch((error) => assert.fail(`${error.message}: ${[...empty.keys()].join(", ")}`));

    await untilFiring(scene, [
      "WalqDown",
      "WalqEndpointTakesNothing down",
      "WalqEndpointTakesNothing refuses",
      "WalqOrphans old",
      "WalqQuarantine well",
      "WalqSignalsRejected rejects",
      "WalqSignalsTurnedAway",
    ]);
    const quiet = ["WalqAccountsOpen", "WalqDataPathLost", "WalqReloadFailed", "WalqSignalsLost"];
    const active = await activeAlerts(scene);
    for (const name of quiet) assert.ok(![...active].some((one) => one.startsWith(name)), name);

    const { groups } = await prometheus.api<{ groups: { rules: Rule[] }[] }>("rules", {});
    const rules = groups.flatMap((group) => group.rules);
    assert.ok(rules.length > ALERTS.length);
    for (const { name, health, lastError } of rules) {
      assert.equal(health, "ok", `${name}: ${lastError}`);
    }
  });
});

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** Each alert that is pending or fires, with its endpoint. */
async function activeAlerts({ prometheus }: Scene): Promise<Set<string>> {
  interface Active {
    readonly labels: Readonly<Record<string, string>>;
  }
  const { alerts } = await prometheus.api<{ alerts: Active[] }>("alerts", {});
  return new Set(
    alerts.map(({ labels: { alertname, endpoint = "" } }) => `${alertname} ${endpoint}`.trim()),
  );
}

async function untilFiring(scene: Scene, wanted: readonly string[]): Promise<void> {
  let active = new Set<string>();
  await until("the alerts fire", async () => {
    await scene.sendAll();
    active = await activeAlerts(scene);
    return wanted.every((one) => active.has(one));
  }).catch((error) => assert.fail(`${error.message}: ${[...active].join(", ")}`));
}
