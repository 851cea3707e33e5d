/**
 * Telegraf's agent with its own outputs, into VictoriaMetrics and into walq, which sends to
 * another one: what is stored is the same, also when walq is killed in the midst of it.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildWhenAsked } from "./support/built_by_go.ts";
import { missing } from "./support/installed.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";
import { VictoriaMetrics } from "./support/victoria.ts";
import { RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";
import { Telegraf, WAYS } from "./telegraf/telegraf.ts";

const telegraf = buildWhenAsked("telegraf");
const skip = telegraf.skip || missing("victoria-metrics");
const ALL = '{__name__!=""}';
const ROUNDS = 4;
/** Fields that are texts: walq passes over them, VictoriaMetrics stores a 0. */
const TEXTS = /"(?:odd_name_s|system_uptime_format)"/;

/** Names as Prometheus has them: Debian's VictoriaMetrics takes any, and walq makes such of them. */
function named([label, value]: readonly [string, string]): readonly [string, string] {
  const plain = (name: string, other: RegExp): string =>
    name.replace(other, "_").replace(/^(?=\d)/, "_");
  if (label === "__name__") return [label, plain(value, /[^a-zA-Z0-9_:]/gu)];
  return [plain(label, /[^a-zA-Z0-9_]/gu), value];
}

/** Each series with its samples, one that came twice once. */
async function stored(victoria: VictoriaMetrics): Promise<Map<string, string>> {
  const series = await victoria.export(ALL);
  return new Map(
    series.map(({ metric, values, timestamps }): [string, string] => {
      const labels = Object.entries(metric).map(named).toSorted(([a], [b]) => a < b ? -1 : 1);
      const samples = timestamps.map((timestampMs, at) => `${values[at]}@${timestampMs}`);
      return [JSON.stringify(labels), [...new Set(samples)].toSorted().join(" ")];
    }).filter(([labels]) => !TEXTS.test(labels)).toSorted(([a], [b]) => a < b ? -1 : 1),
  );
}

/** Rounds of measuring that have arrived. */
async function rounds(victoria: VictoriaMetrics): Promise<number> {
  const [load] = await victoria.export('{__name__="system_load1"}');
  return load?.timestamps.length ?? 0;
}

describe("Telegraf", { skip }, () => {
  for (const [index, way] of WAYS.entries()) {
    const runtime = RUNTIMES[index % RUNTIMES.length]!;
    it(`outputs.${way}, walq on ${runtime}`, async (context) => {
      const [direct, behind] = await Promise.all(
        [0, 1].map(() => VictoriaMetrics.start()),
      ) as [VictoriaMetrics, VictoriaMetrics];
      const directory = scratchDirectory("telegraf-walq");
      const config = await writeConfig({ directory, url: behind.writeUrl });
      let walq = await WalqProgram.start(runtime, config);
      try {
        const running = Telegraf.start(telegraf.path, [[way, direct.origin], [way, walq.origin]]);
        await until("it has measured", async () => await rounds(behind) >= ROUNDS);
        assert.deepEqual(running.complaints, []);
        await walq.program.stop("SIGKILL");
        const goal = await rounds(direct) + ROUNDS;
        await until("it goes on", async () => await rounds(direct) >= goal);
        walq = await WalqProgram.start(runtime, config);
        await until("walq has what came meanwhile", async () => await rounds(behind) >= goal);
        await running.stop();
        await until(
          "walq has sent it",
          async () => await walq.metric("walq_pending_signals") === 0,
        );
        const wanted = [...await stored(direct)];
        assert.deepEqual([...await stored(behind)], wanted);
        context.diagnostic(`${wanted.length} series, ${await rounds(direct)} rounds`);
        assert.ok(wanted.length > 50, `${wanted.length} series`);
      } finally {
        await Promise.all([walq, direct, behind].map(({ program }) => program.stop()));
      }
    });
  }
});
