/** What servers of NATS have moved, by their own books. */
import type { NatsServer } from "../test/peers/support/nats.ts";

/** Since the start of the servers, of all of them together. */
export interface NatsMoved {
  /** Payloads with their headers, of clients: what the servers took, and what they gave. */
  readonly inBytes: number;
  readonly outBytes: number;
  /** What one server gave to another one. */
  readonly betweenBytes: number;
}

/** What is in a stream, as its leader knows it. */
export interface StreamHeld {
  readonly messages: number;
  /** As `max_bytes` counts them. */
  readonly bytes: number;
  readonly lastSeq: number;
}

interface Traffic {
  readonly in_bytes: number;
  readonly out_bytes: number;
}

interface Jsz {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly state: {
        readonly messages: number;
        readonly bytes: number;
        readonly last_seq: number;
      };
    }[];
  }[];
}

export async function movedBy(servers: readonly NatsServer[]): Promise<NatsMoved> {
  const all = await Promise.all(servers.map(async (server) => {
    const whole = await server.told<Traffic>("/varz");
    const { routes } = await server.told<{ readonly routes: readonly Traffic[] }>("/routez");
    return movedOf(whole, routes);
  }));
  const sum = (of: (one: NatsMoved) => number): number =>
    all.reduce((all, one) => all + of(one), 0);
  return {
    inBytes: sum(({ inBytes }) => inBytes),
    outBytes: sum(({ outBytes }) => outBytes),
    betweenBytes: sum(({ betweenBytes }) => betweenBytes),
  };
}

/** A server's whole traffic has in it what goes to other servers. */
export function movedOf(whole: Traffic, routes: readonly Traffic[]): NatsMoved {
  const routed = (of: (one: Traffic) => number): number =>
    routes.reduce((sum, one) => sum + of(one), 0);
  return {
    inBytes: whole.in_bytes - routed((one) => one.in_bytes),
    outBytes: whole.out_bytes - routed((one) => one.out_bytes),
    betweenBytes: routed((one) => one.out_bytes),
  };
}

export async function heldIn(servers: readonly NatsServer[], stream: string): Promise<StreamHeld> {
  const all = await Promise.all(
    servers.map((server) => server.told<Jsz>("/jsz?accounts=true&streams=true")),
  );
  return newestOf(all.map((one) => heldBy(one, stream)));
}

function heldBy({ account_details = [] }: Jsz, stream: string): StreamHeld {
  const found = account_details.flatMap(({ stream_detail = [] }) => stream_detail)
    .find(({ name }) => name === stream);
  const { messages = 0, bytes = 0, last_seq: lastSeq = 0 } = found?.state ?? {};
  return { messages, bytes, lastSeq };
}

/** A server that follows may be behind. */
function newestOf(all: readonly StreamHeld[]): StreamHeld {
  return all.reduce((newest, one) => one.lastSeq > newest.lastSeq ? one : newest);
}
