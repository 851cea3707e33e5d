/** What a benchmark could have measured, with prices that are known. */
import type { Measured, MeasuredWay } from "../../scripts/scale/measured.ts";

/** In µs, and in bytes. */
export const PRICES = {
  intake: { sample: 1, message: 60, request: 150 },
  sender: { sample: 1.2, message: 120, head: 20, record: 100 },
  server: { sample: 0.2, message: 80, head: 10, record: 90 },
  stream: { sample: 12, message: 1_000 },
} as const;

/** Servers that keep three copies take so much more. */
const COPIES_FACTOR = 4;
const LEADER_FACTOR = 2;

interface Setup {
  readonly name: string;
  readonly replicas: number;
  readonly senders: number;
  readonly samplesAMessage: number;
  readonly samplesARequest: number;
  readonly recordsASample: number;
}

const SETUPS: readonly Setup[] = [
  ["a", 1, 800, 2_000, 0.001],
  ["b", 1, 100, 2_000, 0.008],
  ["c", 1, 120, 250, 0.001],
  ["d", 2, 100, 2_000, 0.0081],
  ["e", 1, 400, 1_000, 0.002],
].flatMap(([name, senders, samplesAMessage, samplesARequest, recordsASample]) =>
  [1, 3].map((replicas) => ({
    name: `${name}, ${replicas}`,
    replicas,
    senders,
    samplesAMessage,
    samplesARequest,
    recordsASample,
  } as Setup))
);

export function measuredWays(): Measured {
  return { origins: [], ways: SETUPS.map(wayOf) };
}

function wayOf(setup: Setup): MeasuredWay {
  const { name, replicas, senders, samplesAMessage, samplesARequest, recordsASample } = setup;
  const messages = 1 / samplesAMessage;
  const requests = 1 / samplesARequest;
  const heads = messages * (senders - 1);
  const { intake, sender, server, stream } = PRICES;
  const serverUs = server.sample + server.message * messages + server.head * heads +
    server.record * recordsASample;
  const held = stream.sample + stream.message * messages;
  return {
    name,
    replicas,
    senders,
    cpuUs: {
      intake: intake.sample + intake.message * messages + intake.request * requests,
      sender: sender.sample + sender.message * messages + sender.head * heads +
        sender.record * recordsASample,
      "nats-server": serverUs * (replicas === 1 ? 1 : COPIES_FACTOR),
    },
    leaderUs: serverUs * (replicas === 1 ? 1 : LEADER_FACTOR),
    requests,
    messages,
    records: recordsASample,
    bytes: {
      in: 28 + 200 * requests,
      toNats: held,
      betweenServers: held * (replicas - 1),
      fromNats: held + 300 * heads,
      out: 33,
      files: 0,
      storage: held * replicas,
    },
    held: { bytes: held, messages },
  };
}
