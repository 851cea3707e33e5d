/** The tables that `npm run scale` prints, and that docs/scale.md has. */
import { aligned } from "../markdown.ts";
import type { Costs, Price, Unit } from "./costs.ts";
import type { Layout } from "./flows.ts";
import { DEFAULT_INPUTS, INPUT_OPTIONS, type Inputs } from "./inputs.ts";
import type { Measured } from "./measured.ts";
import { type Happened, simulate } from "./model.ts";
import { fullAfterSeconds, outageOf } from "./outage.ts";
import { type Plan, planFor, streamCeiling } from "./plan.ts";
import { bytes, count, percent, seconds } from "./words.ts";

/** What all tables are made of. */
export interface Scale {
  readonly inputs: Inputs;
  readonly measured: Measured;
  readonly costs: Costs;
  readonly edges: readonly number[];
}

/** A table by its name; docs/scale.md has it between marks of that name. */
export interface Table {
  readonly name: string;
  readonly title: string;
  readonly render: (scale: Scale) => string;
}

export const TABLES: readonly Table[] = [
  { name: "measured", title: "What was measured, for each sample", render: measuredTable },
  { name: "prices", title: "What that makes of one of each, CPU in µs", render: pricesTable },
  { name: "inputs", title: "What is assumed", render: inputsTable },
  ...(["intake", "direct"] as const).flatMap((layout): Table[] => {
    const who = layout === "intake" ? "edges send to intakes" : "edges hand over themselves";
    return [
      { name: `flows-${layout}`, title: `What flows, ${who}`, render: byPlans(layout, flowRows) },
      {
        name: `needs-${layout}`,
        title: `What it takes, ${who}`,
        render: byPlans(layout, needRows),
      },
      {
        name: `used-${layout}`,
        title: `How full it is, ${who}`,
        render: byPlans(layout, usedRows),
      },
    ];
  }),
  {
    name: "outages",
    title: "While the receiver is down, edges send to intakes",
    render: byPlans("intake", outageRows),
  },
  { name: "ceilings", title: "How far one stream goes", render: ceilingsTable },
  {
    name: "simulated",
    title: "Second by second, edges send to intakes",
    render: byPlans("intake", simulatedRows),
  },
];

type Row = readonly [name: string, of: (plan: Plan) => string];

function byPlans(layout: Layout, rowsOf: (plans: readonly Plan[], costs: Costs) => readonly Row[]) {
  return ({ inputs, costs, edges }: Scale): string => {
    const plans = edges.map((many) => planFor(inputs, costs, layout, many));
    return aligned([
      ["edge hosts", ...edges.map((many) => many.toLocaleString("en-US"))],
      ...rowsOf(plans, costs).map(([name, of]) => [name, ...plans.map(of)]),
    ]);
  };
}

function measuredTable({ measured }: Scale): string {
  return aligned([
    [
      "way",
      "copies",
      "CPU, µs",
      "samples a message",
      "in the stream, bytes",
      "to disks, bytes",
      "out, bytes",
    ],
    ...measured.ways.map(({ name, replicas, cpuUs, messages, held, bytes }) => [
      name,
      messages === 0 ? "" : String(replicas),
      Object.entries(cpuUs).map(([role, us]) => `${role} ${us.toFixed(2)}`).join(", "),
      messages === 0 ? "" : count(1 / messages),
      messages === 0 ? "" : held.bytes.toFixed(1),
      messages === 0 ? bytes.files.toFixed(1) : bytes.storage.toFixed(1),
      bytes.out.toFixed(1),
    ]),
  ]);
}

const UNITS: readonly (readonly [Unit, string])[] = [
  ["samples", "a sample"],
  ["messages", "a message"],
  ["requests", "a request"],
  ["otherHeads", "a head of another's message"],
  ["records", "a record"],
];

function pricesTable({ costs }: Scale): string {
  const row = (name: string, price: Price, worst: string, digits: number): string[] => [
    name,
    ...UNITS.map(([unit]) => {
      const value = price[unit];
      if (value === undefined) return "";
      return unit === "samples" ? value.toFixed(digits) : value.toFixed(0);
    }),
    worst,
  ];
  const { bytes, worst } = costs;
  return aligned([
    ["", ...UNITS.map(([, words]) => words), "off by, at most"],
    row("an intake", costs.intakeUs, percent(worst.intake), 2),
    row("a sender", costs.senderUs, percent(worst.sender), 2),
    row("a server, one copy", costs.serversUs(1), "", 2),
    row("servers, three copies, together", costs.serversUs(3), percent(worst.servers), 2),
    row("of these the leader", costs.leaderUs(3), percent(worst.leader), 2),
    row("bytes in a stream", bytes.stream, "", 1),
    row("bytes out of a stream", bytes.fromNats, "", 1),
    row("bytes to disks, one copy", bytes.storage(1), "", 1),
    row("bytes to disks, three copies", bytes.storage(3), "", 1),
    row("bytes between servers, three copies", bytes.betweenServers(3), "", 1),
    row("bytes to a receiver", bytes.out, "", 1),
  ]);
}

function inputsTable({ inputs }: Scale): string {
  return aligned([
    ["what", "value", "option"],
    ...(Object.keys(DEFAULT_INPUTS) as (keyof Inputs)[]).map((key) => {
      const [option, doc] = INPUT_OPTIONS[key];
      return [doc, inputs[key].toLocaleString("en-US"), `\`--${option}\``];
    }),
  ]);
}

function flowRows(plans: readonly Plan[]): readonly Row[] {
  const isDirect = plans[0]?.deployment.layout === "direct";
  return [
    ["samples a second", ({ flows }) => count(flows.samples)],
    ["requests a second of edges", ({ flows }) => count(flows.requests)],
    ...(isDirect ? [] : [
      ["bytes a second into intakes", ({ bytes: of }) => bytes(of.fromEdges)],
      ["batches a second of intakes", ({ flows }) => count(flows.batches)],
    ] as const satisfies readonly Row[]),
    ["messages a second into streams", ({ flows }) => count(flows.messages)],
    ["samples a message", ({ flows }) => count(flows.samplesAMessage)],
    ["bytes a second into streams", ({ bytes: of }) => bytes(of.intoStreams)],
    ["bytes a second between servers", ({ bytes: of }) => bytes(of.betweenServers)],
    ["bytes a second to disks", ({ bytes: of }) => bytes(of.toDisks)],
    ["records a second", ({ flows }) => count(flows.records)],
    ["bytes a second out of streams", ({ bytes: of }) => bytes(of.outOfStreams)],
    ["bytes a second to the receiver", ({ bytes: of }) => bytes(of.toReceiver)],
  ];
}

function needRows(plans: readonly Plan[]): readonly Row[] {
  const isDirect = plans[0]?.deployment.layout === "direct";
  return [
    ...(isDirect ? [] : [[
      "processes that take in",
      ({ deployment }) => count(deployment.streams * deployment.intakesAStream),
    ]] as const satisfies readonly Row[]),
    ["streams", ({ deployment }) => count(deployment.streams)],
    ["partitions a stream", ({ deployment }) => count(deployment.partitions)],
    ["servers of NATS", ({ deployment }) => count(deployment.servers)],
    [
      "processes that send",
      ({ deployment }) => count(deployment.streams * deployment.sendersAStream),
    ],
    ["of them for each stream", ({ deployment }) => count(deployment.sendersAStream)],
  ];
}

function usedRows(plans: readonly Plan[]): readonly Row[] {
  return [
    ...plans[0]!.resources.map(({ name }, at): Row => [
      name,
      ({ resources }) => percent(resources[at]!.used),
    ]),
    ["next limit", ({ next }) => next.resource],
    ["at so many edge hosts", ({ next }) => next.edges.toLocaleString("en-US")],
  ];
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

function outageRows(): readonly Row[] {
  return [
    ...([["an hour", HOUR], ["a day", DAY]] as const).flatMap(([words, duration]): Row[] => [
      [`after ${words}, samples`, (plan) => count(outageOf(plan, duration).samples)],
      [`after ${words}, in one copy`, (plan) => bytes(outageOf(plan, duration).bytes)],
      [`after ${words}, in all copies`, (plan) => bytes(outageOf(plan, duration).copiesBytes)],
      [`\`max_bytes\` for ${words}`, (plan) => bytes(outageOf(plan, duration).streamBytes)],
      [`${words} has gone out after`, (plan) => seconds(outageOf(plan, duration).drainSeconds)],
    ]),
    ["a stream is full after", (plan) => seconds(fullAfterSeconds(plan))],
  ];
}

/** What else could be, each by itself. */
const CHANGES: readonly (readonly [string, Layout, Partial<Inputs>])[] = [
  ["edges send to intakes", "intake", {}],
  ["edges hand over themselves", "direct", {}],
  ["intakes with 8,192 connections", "intake", { connectionsAnIntake: 8_192 }],
  ["intakes that wait 200 ms for other commits", "intake", { groupCommitSeconds: 0.2 }],
  ["intakes, one copy", "intake", { replicas: 1 }],
  ["intakes, two receivers", "intake", { endpoints: 2 }],
];

function ceilingsTable({ inputs, costs, edges }: Scale): string {
  const most = Math.max(...edges);
  return aligned([
    [
      "way",
      "hosts of one stream, at most",
      "then full",
      "its partitions",
      "its senders",
      `streams for ${most.toLocaleString("en-US")} hosts`,
      "intakes",
      "senders",
      "servers",
    ],
    ...CHANGES.map(([words, layout, change]) => {
      const changed = { ...inputs, ...change };
      const { edges, resource, partitions, senders } = streamCeiling(changed, costs, layout);
      const { deployment } = planFor(changed, costs, layout, most);
      const { streams, intakesAStream, sendersAStream, servers } = deployment;
      return [
        words,
        edges.toLocaleString("en-US"),
        resource,
        String(partitions),
        String(senders),
        String(streams),
        String(streams * intakesAStream),
        String(streams * sendersAStream),
        String(servers),
      ];
    }),
  ]);
}

/** A sender dies long before the receiver does, for an hour; a third of the edges scrape at once. */
const CALM = { burst: 1 / 3, senderDies: 120, scrapeSeconds: 600 } as const;
const OUTAGE = { burst: 1 / 3, outage: { from: 300, to: 300 + HOUR }, scrapeSeconds: 3 * HOUR };

function simulatedRows(plans: readonly Plan[], costs: Costs): readonly Row[] {
  const run = (events: Parameters<typeof simulate>[2]) => {
    const all = new Map(
      plans.map((plan) => {
        const large = outageOf(plan, 2 * HOUR).streamBytes;
        const inputs = {
          ...plan.inputs,
          streamBytesMax: Math.max(plan.inputs.streamBytesMax, large),
        };
        return [plan.edges, simulate({ ...plan, inputs }, costs, events)];
      }),
    );
    return ({ edges }: Plan): Happened => all.get(edges)!;
  };
  const [calm, outage] = [run(CALM), run(OUTAGE)];
  return [
    ["a sender dies: most in edges, samples", (plan) => count(calm(plan).edgesPeak)],
    ["a sender dies: most in streams, samples", (plan) => count(calm(plan).streamsPeak)],
    ["a sender dies: most in streams, one copy", (plan) => bytes(calm(plan).streamsPeakBytes)],
    ["a sender dies: worst delay", (plan) => seconds(calm(plan).worstDelaySeconds)],
    [
      "receiver down for an hour: most in streams, samples",
      (plan) => count(outage(plan).streamsPeak),
    ],
    [
      "receiver down for an hour: the same, one copy",
      (plan) => bytes(outage(plan).streamsPeakBytes),
    ],
    ["receiver down for an hour: worst delay", (plan) => seconds(outage(plan).worstDelaySeconds)],
    [
      "receiver down for an hour: gone out after",
      (plan) => seconds(outage(plan).drainedAfterSeconds ?? Infinity),
    ],
    [
      "scraped and not delivered at the end",
      (plan) => count(Math.round(outage(plan).scraped - outage(plan).delivered)),
    ],
  ];
}
