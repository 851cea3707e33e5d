/** Faults in how what is new goes first; see `sabotage.ts`. */
import { OrderProof } from "../../src/pipeline/order_proof.ts";
import { replaced } from "./replaced.ts";
import type { Sabotage } from "./sabotage.ts";

export const LANE_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "let what is new overtake where nobody was asked": {
    patch: () => replaced(OrderProof.prototype, "covers", () => () => true),
  },
};
