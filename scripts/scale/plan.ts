/** How many processes, streams, partitions and servers so many edges need. */
import type { Costs } from "./costs.ts";
import { type Deployment, type Flows, flowsOf, type Layout } from "./flows.ts";
import type { Inputs } from "./inputs.ts";
import {
  type Bytes,
  bytesOf,
  fits,
  fullest,
  RECEIVER,
  type Resource,
  resourcesOf,
} from "./resources.ts";

/** A deployment for so many edges, and what it makes of them. */
export interface Plan {
  readonly inputs: Inputs;
  readonly edges: number;
  readonly deployment: Deployment;
  readonly flows: Flows;
  readonly bytes: Bytes;
  readonly resources: readonly Resource[];
  /** What is full first when edges are added and nothing else, and how many edges there are then. */
  readonly next: Ceiling;
}

/** Where something ends. */
export interface Ceiling {
  readonly resource: string;
  readonly edges: number;
}

/** Where one stream ends, with the partitions by which it takes the most. */
export interface StreamCeiling extends Ceiling {
  readonly partitions: number;
  readonly senders: number;
}

const STREAMS_MAX = 4_096;
const PARTITIONS: readonly number[] = [8, 16, 32, 64, 128, 256];

/** @throws {Error} where not even very many streams are enough */
export function planFor(inputs: Inputs, costs: Costs, layout: Layout, edges: number): Plan {
  for (let streams = 1; streams <= STREAMS_MAX; streams++) {
    const deployment = deploymentWith(inputs, costs, layout, edges, streams);
    if (deployment === undefined) continue;
    const flows = flowsOf(inputs, edges, deployment);
    return {
      inputs,
      edges,
      deployment,
      flows,
      bytes: bytesOf(inputs, costs, flows),
      resources: resourcesOf(inputs, costs, edges, deployment, flows.samples),
      next: nextLimit(inputs, costs, deployment, flows.samples, edges),
    };
  }
  throw new Error(`${edges} edges, ${layout}: ${STREAMS_MAX} streams are not enough`);
}

/** The cheapest one with so many streams, in processes; undefined where there is none. */
export function deploymentWith(
  inputs: Inputs,
  costs: Costs,
  layout: Layout,
  edges: number,
  streams: number,
): Deployment | undefined {
  return choicesOf(inputs)
    .map((partitions) => sized(inputs, costs, edges, { layout, streams, partitions }))
    .filter((found) => typeof found !== "string")
    .toSorted((a, b) => processesOf(a) - processesOf(b))
    .at(0);
}

function choicesOf({ partitions }: Inputs): readonly number[] {
  return partitions === 0 ? PARTITIONS : [partitions];
}

export function processesOf(deployment: Deployment): number {
  const { streams, intakesAStream, sendersAStream, servers } = deployment;
  return streams * (intakesAStream + sendersAStream) + servers;
}

/** What is added to when a resource is too full; nothing helps where it is none of these. */
const GROWS: Readonly<Record<string, "intakesAStream" | "sendersAStream" | "servers">> = {
  "CPU of an intake": "intakesAStream",
  "connections of an intake": "intakesAStream",
  "network of an intake": "intakesAStream",
  "CPU of a sender": "sendersAStream",
  "reads of a sender": "sendersAStream",
  "CPU of the servers": "servers",
  "disks of the servers": "servers",
  "network of the servers, in": "servers",
  "network of the servers, out": "servers",
  "connections of a server": "servers",
};

/** Adds processes until nothing is too full; or says what is, where no more may be added, or none helps. */
function sized(
  inputs: Inputs,
  costs: Costs,
  edges: number,
  { layout, streams, partitions }: Pick<Deployment, "layout" | "streams" | "partitions">,
): Deployment | string {
  let deployment: Deployment = {
    layout,
    streams,
    partitions,
    intakesAStream: layout === "direct" ? 0 : inputs.processesMin,
    sendersAStream: Math.min(partitions, inputs.processesMin),
    servers: inputs.replicas,
  };
  const { samples } = flowsOf(inputs, edges, deployment);
  for (;;) {
    const resources = resourcesOf(inputs, costs, edges, deployment, samples);
    if (fits(resources, inputs.fill)) return deployment;
    const worst = fullest(resources.filter(({ name }) => name !== RECEIVER));
    const grows = GROWS[worst.name];
    if (grows === undefined) return worst.name;
    // By what is missing, as a start; one more at least.
    const next = Math.max(
      deployment[grows] + 1,
      Math.floor(deployment[grows] * Math.min(2, worst.used / inputs.fill)),
    );
    deployment = { ...deployment, [grows]: next };
    const isOver = deployment.sendersAStream > partitions ||
      processesOf(deployment) > PROCESSES_MAX;
    if (isOver) return worst.name;
  }
}

/** Nobody has so many; where as many are not enough, more are of no help. */
const PROCESSES_MAX = 100_000;

/** @param plannedSamples what comes when the receiver takes twice of it */
export function nextLimit(
  inputs: Inputs,
  costs: Costs,
  deployment: Deployment,
  plannedSamples: number,
  edges: number,
): Ceiling {
  // A receiver of which nothing is said is none that is known to be full.
  const isGiven = inputs.receiverSamplesPerSecond > 0;
  const most = (edges: number): Resource =>
    fullest(
      resourcesOf(inputs, costs, edges, deployment, plannedSamples)
        .filter(({ name }) => isGiven || name !== RECEIVER),
    );
  const end = lastWhere(edges, (edges) => most(edges).used <= 1);
  return { resource: most(end + 1).name, edges: end };
}

/** How many edges one stream takes, however many processes and servers there are, and what ends it. */
export function streamCeiling(inputs: Inputs, costs: Costs, layout: Layout): StreamCeiling {
  const full = { ...inputs, fill: 1 };
  const ends = choicesOf(inputs).map((partitions): StreamCeiling => {
    const at = (edges: number) => sized(full, costs, edges, { layout, streams: 1, partitions });
    const edges = lastWhere(1_000, (edges) => typeof at(edges) !== "string");
    const [last, over] = [at(edges), at(edges + 1)];
    return {
      partitions,
      edges,
      resource: typeof over === "string" ? over : "",
      senders: typeof last === "string" ? 0 : last.sendersAStream,
    };
  });
  return ends.reduce((best, one) => one.edges > best.edges ? one : best);
}

/** The largest number for which it holds, if it holds for all below. */
function lastWhere(guess: number, holds: (edges: number) => boolean): number {
  let over = Math.max(1, guess);
  while (holds(over)) over *= 2;
  let last = 0;
  while (over - last > 1) {
    const middle = Math.floor((last + over) / 2);
    if (holds(middle)) last = middle;
    else over = middle;
  }
  return last;
}
