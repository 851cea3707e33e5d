import type { BacklogPart } from "../contracts.ts";
import type { RecentAnswer } from "./recent_answers.ts";

/** What is known of one endpoint beside its numbers, for who looks at it: bounded, and made when it is asked for. */
export interface EndpointDetails {
  /** Its last answers, the oldest first: at most 20, of which each may stand for many. */
  readonly answers: readonly RecentAnswer[];
  /** What is pending by when it came in, the oldest first: at most 132 parts. */
  readonly backlog: readonly BacklogPart[];
}
