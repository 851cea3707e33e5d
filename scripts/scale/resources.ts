/** How full everything is that can be full. */
import { type Costs, type Flow, priceOf } from "./costs.ts";
import { type Deployment, type Flows, flowsOf } from "./flows.ts";
import type { Inputs } from "./inputs.ts";
import { LIMITS, NATS_LIMITS, PIECES } from "./limits.ts";

/** Something that has an end. */
export interface Resource {
  readonly name: string;
  /** 1 is all of it. */
  readonly used: number;
}

/** Bytes a second between the tiers. */
export interface Bytes {
  readonly fromEdges: number;
  /** One copy of all batches. */
  readonly intoStreams: number;
  readonly betweenServers: number;
  readonly toDisks: number;
  readonly outOfStreams: number;
  readonly toReceiver: number;
}

/** The only one that no plan can add to. */
export const RECEIVER = "the receiver";

const US = 1e-6;

export function bytesOf(inputs: Inputs, costs: Costs, { all }: Flows): Bytes {
  const { endpoints, replicas } = inputs;
  const intoStreams = priceOf(costs.bytes.stream, all);
  return {
    fromEdges: priceOf(costs.bytes.in, all),
    intoStreams,
    betweenServers: priceOf(costs.bytes.betweenServers(replicas), all),
    toDisks: priceOf(costs.bytes.storage(replicas), all),
    outOfStreams: priceOf(costs.bytes.fromNats, all) * endpoints,
    toReceiver: priceOf(costs.bytes.out, all) * endpoints,
  };
}

/** What the receivers of one endpoint take in a second. */
export function receiverOf({ receiverSamplesPerSecond }: Inputs, samples: number): number {
  return receiverSamplesPerSecond || 2 * samples;
}

/** @param plannedSamples what comes when the receiver takes twice of it */
export function resourcesOf(
  inputs: Inputs,
  costs: Costs,
  edges: number,
  deployment: Deployment,
  plannedSamples: number,
): Resource[] {
  const flows = flowsOf(inputs, edges, deployment);
  const { layout, servers } = deployment;
  const { endpoints, replicas, serverCores } = inputs;
  const { fromEdges, intoStreams, betweenServers, toDisks, outOfStreams } = bytesOf(
    inputs,
    costs,
    flows,
  );
  const intakes = deployment.streams * deployment.intakesAStream;
  const senders = deployment.streams * deployment.sendersAStream;
  const writers = layout === "direct" ? edges : intakes;
  const intake: Resource[] = layout === "direct" ? [] : [
    { name: "CPU of an intake", used: priceOf(costs.intakeUs, flows.anIntake) * US },
    {
      name: "connections of an intake",
      used: edges / intakes / inputs.connectionsAnIntake,
    },
    { name: "network of an intake", used: fromEdges / intakes / inputs.networkBytesPerSecond },
  ];
  const { aSender, aStream, samples } = flows;
  return [
    ...intake,
    {
      name: "a stream on its leader",
      used: priceOf(costs.leaderUs(replicas), forServers(aStream, endpoints)) * US /
        inputs.streamCores,
    },
    {
      name: "CPU of the servers",
      used: priceOf(costs.serversUs(replicas), forServers(flows.all, endpoints)) * US /
        (servers * serverCores),
    },
    { name: "disks of the servers", used: toDisks / servers / inputs.diskBytesPerSecond },
    {
      name: "network of the servers, in",
      used: (intoStreams + betweenServers) / servers / inputs.networkBytesPerSecond,
    },
    {
      name: "network of the servers, out",
      used: (betweenServers + outOfStreams) / servers / inputs.networkBytesPerSecond,
    },
    {
      name: "connections of a server",
      used: (writers + senders) / servers / inputs.connectionsAServer,
    },
    { name: "CPU of a sender", used: priceOf(costs.senderUs, aSender) * endpoints * US },
    {
      name: "reads of a sender",
      used: aSender.messages * inputs.readSeconds / inputs.readsAtOnce,
    },
    { name: "pieces of the largest batch", used: piecesOf(costs) / PIECES.max },
    {
      name: RECEIVER,
      used: samples / receiverOf(inputs, plannedSamples),
    },
  ];
}

/**
 * What each endpoint more has read is counted as if it were stored once more: that is too dear, as
 * what storing and reading cost was not measured apart.
 */
function forServers(flow: Flow, endpoints: number): Flow {
  const { samples, messages, otherHeads } = flow;
  return {
    ...flow,
    samples: samples * endpoints,
    messages: messages * endpoints,
    otherHeads: otherHeads * endpoints,
  };
}

/** Messages for as many signals as a batch may have, were they all of one partition. */
function piecesOf({ bytes }: Costs): number {
  const one = {
    samples: LIMITS.signalsABatch,
    messages: 1,
    requests: 0,
    otherHeads: 0,
    records: 0,
  };
  return Math.ceil(priceOf(bytes.stream, one) / (NATS_LIMITS.payloadBytes - PIECES.headersBytes));
}

/** The fullest. */
export function fullest(resources: readonly Resource[]): Resource {
  return resources.reduce((most, one) => one.used > most.used ? one : most);
}

/** Whether the others are not fuller than they are planned to be; what the receiver takes is given. */
export function fits(resources: readonly Resource[], fill: number): boolean {
  return resources.every(({ name, used }) => name === RECEIVER || used <= fill + 1e-9);
}
