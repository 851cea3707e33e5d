import type { Clock, HttpClient } from "../contracts.ts";
import type { Credential } from "../auth/credential.ts";
import { attemptOnce, type AttemptResult } from "../network/attempt.ts";
import { requestHeaders } from "../network/headers.ts";
import { saysTooLate } from "../network/order_words.ts";
import type { SendOptions } from "../network/shard_context.ts";
import type { Labels, ProtobufMessage } from "../types.ts";
import { sampleRequest } from "./probe_request.ts";

/** The series by which endpoints are asked. */
export const PROBE_SERIES = "walq_order_probe";

const ONE_SAMPLE = { samples: 1, histograms: 0, exemplars: 0, metadata: 0 } as const;

/** What tells the series of one endpoint on one host's disk from those of others. */
export function probeLabels(dataPath: string, endpoint: string): Labels {
  // FNV-1a: the path itself is nobody's business.
  const hash = [...dataPath].reduce(
    (sum, letter) => Math.imul(sum ^ letter.codePointAt(0)!, 0x01000193) >>> 0,
    0x811c9dc5,
  );
  return { endpoint, data_path_hash: hash.toString(16) };
}

/** What an endpoint made of samples out of order. */
export type ProbeResult =
  | { readonly kind: "allowed" }
  /** It has said so, in these words. */
  | { readonly kind: "refused"; readonly words: string }
  /** It has said nothing about the samples. */
  | { readonly kind: "unknown"; readonly words: string };

/** What an {@link OrderProbe} is made of. */
interface OrderProbeContext {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly credential: Credential;
  readonly send: Pick<SendOptions, "url" | "headers" | "writeTimeoutMs" | "onRefused">;
  readonly protobufMessage: ProtobufMessage;
  /** Those of the endpoint, and what tells its series from those of others. */
  readonly labels: Labels;
}

/**
 * Asks an endpoint whether it takes samples out of order, by a series of walq's own: the
 * sample that the endpoint gets first is no newer than what it has already, as a newer one
 * could make it refuse all that waits. The second one is older by as much as is to be.
 */
export class OrderProbe {
  readonly #context: OrderProbeContext;

  constructor(context: OrderProbeContext) {
    this.#context = context;
  }

  /** @param newestMs the newest timestamp that the endpoint has taken */
  async ask(newestMs: number, lateByMs: number, signal: AbortSignal): Promise<ProbeResult> {
    const first = await this.#send(newestMs, signal);
    return first.kind === "allowed" ? await this.#send(newestMs - lateByMs, signal) : first;
  }

  async #send(timestampMs: number, signal: AbortSignal): Promise<ProbeResult> {
    const { send, protobufMessage, labels, clock, http, credential } = this.#context;
    const isV2 = protobufMessage === "io.prometheus.write.v2.Request";
    const result = await attemptOnce(
      {
        url: send.url,
        headers: requestHeaders({ headers: send.headers, protobufMessage }, "snappy"),
        credential,
        onRefused: send.onRefused,
        timeoutMs: send.writeTimeoutMs,
        body: sampleRequest({ ...labels, __name__: PROBE_SERIES }, timestampMs, protobufMessage),
        kinds: ONE_SAMPLE,
        ...(isV2 ? { v2: { knowsV2: true } } : {}),
      },
      { clock, http },
      signal,
    );
    return result === undefined ? { kind: "unknown", words: "stopped" } : resultOf(result);
  }
}

function resultOf({ verdict, reason }: AttemptResult): ProbeResult {
  const words = reason ?? "no words";
  const { kind } = verdict;
  if (kind === "delivered") {
    return verdict.written.samples > 0 ? { kind: "allowed" } : { kind: "refused", words };
  }
  if (kind === "rejected" || kind === "too_large") return { kind: "refused", words };
  // Prometheus before 2.50 answers a 500 to a sample that is too old for its window.
  return { kind: kind === "retry" && saysTooLate(words) ? "refused" : "unknown", words };
}
