/** Faults in what becomes of rules for labels; see `sabotage.ts`. */
import { KernelReader } from "../../src/kernel/reader.ts";
import { type Relabeled, Relabeler } from "../../src/relabel/relabel.ts";
import { EndpointStats } from "../../src/stats/endpoint_stats.ts";
import { replaced } from "./replaced.ts";
import type { Sabotage } from "./sabotage.ts";

export const LABEL_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "give a set what rules made of another": {
    patch: () => {
      let before: Relabeled | undefined;
      return replaced(
        Relabeler.prototype,
        "apply",
        (apply) =>
          function (this: Relabeler, labels, added) {
            const own = apply.call(this, labels, added);
            const other = before ?? own;
            before = own;
            // With its own name, so that nothing else tells.
            if (typeof own === "string" || typeof other === "string") return own;
            const foreign = other.filter(([name]) => name !== "__name__");
            return [...own.filter(([name]) => name === "__name__"), ...foreign];
          },
      );
    },
  },
  "go by what the rules of before made of a set": {
    patch: () => {
      const made = new Map<string, Relabeled>();
      return replaced(
        Relabeler.prototype,
        "apply",
        (apply) =>
          function (this: Relabeler, labels, added) {
            const key = JSON.stringify([labels, added]);
            const own = made.get(key) ?? apply.call(this, labels, added);
            made.set(key, own);
            return own;
          },
      );
    },
  },
  "count what rules drop as delivered": {
    patch: () =>
      replaced(
        EndpointStats.prototype,
        "settled",
        (settled) =>
          function (this: EndpointStats, { outcome, signals }) {
            const isDropped = outcome === "dropped_series";
            settled.call(this, { outcome: isDropped ? "delivered" : outcome, signals });
          },
      ),
  },
  "give what rules drop no outcome": {
    patch: () =>
      replaced(KernelReader.prototype, "route", (route) =>
        function (this: KernelReader, cutoffMs) {
          const routed = route.call(this, cutoffMs);
          return { ...routed, dropped: { ...routed.dropped, dropped_series: 0 } };
        }),
  },
  "send what rules drop": {
    patch: () =>
      replaced(Relabeler.prototype, "apply", (apply) =>
        function (this: Relabeler, labels, added) {
          const own = apply.call(this, labels, added);
          return own === "dropped" ? labels : own;
        }),
  },
};
