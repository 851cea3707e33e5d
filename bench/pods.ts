import type { LabelPairs } from "../test/peers/support/write_request.ts";

const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Looks random, and is the same for the same number. */
function letters(seed: number, length: number): string {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  let text = "";
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += LETTERS[(state >>> 16) % LETTERS.length];
  }
  return text;
}

/** Series of pods: two strings of random letters in each, which nothing can compress. */
export function podLabels(id: number): LabelPairs {
  return [
    ["__name__", "container_cpu_usage_seconds_total"],
    ["cluster", "edge-eu-central-1"],
    ["container", ["app", "sidecar", "init"][id % 3]!],
    ["id", letters(id, 12)],
    ["image", `registry.example.com/team-${id % 40}/service:v1.${id % 60}`],
    ["instance", `10.0.${id % 64}.12:10250`],
    ["job", "kubelet"],
    ["namespace", `team-${id % 40}`],
    ["pod", `service-${id % 300}-${letters(id + 1e6, 9)}`],
    ["region", "eu-central-1"],
  ];
}
