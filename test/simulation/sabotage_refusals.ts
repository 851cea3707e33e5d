/** Faults in what walq makes of refusals; see `sabotage.ts`. */
import { Gate } from "../../src/network/gate.ts";
import { Splitting } from "../../src/network/splitting.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { replaced } from "./replaced.ts";
import { changedAnswers, type Sabotage } from "./sabotage.ts";

export const REFUSAL_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "take a 401 for a rejection": {
    http: (http) =>
      changedAnswers(http, (answer) => answer.status === 401 ? makeAnswer(422) : answer),
  },
  "forget half of what was too large": {
    patch: () =>
      replaced(Splitting.prototype, "halve", (halve) =>
        function (this: Splitting, tooLarge) {
          const isHalved = halve.call(this, tooLarge);
          if (isHalved) this.next();
          return isHalved;
        }),
  },
  "never ask again who has refused": {
    patch: () =>
      replaced(Gate.prototype, "admits", (admits) =>
        function (this: Gate, shard) {
          return this.shutForMs === 0 && admits.call(this, shard);
        }),
  },
};
