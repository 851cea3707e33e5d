import type { HistorySpan, View } from "./protocol.ts";
import type { TargetChoice } from "./targets.ts";

const VIEWS: readonly View[] = ["overview", "endpoint", "targets", "rules"];
const TEXT_LENGTH_MAX = 200;

/** What somebody looks at. */
export interface Choice {
  readonly view: View;
  /** The name of an endpoint, for the view of one. */
  readonly endpoint: string;
  readonly span: HistorySpan;
  readonly targets: TargetChoice;
}

/** What the parameters of the stream ask for; what makes no sense is taken for what is usual. */
export function choiceOf(params: URLSearchParams): Choice {
  const text = (name: string): string => (params.get(name) ?? "").slice(0, TEXT_LENGTH_MAX);
  const offset = Number(params.get("offset") ?? 0);
  return {
    view: VIEWS.find((view) => view === params.get("view")) ?? "overview",
    endpoint: text("endpoint"),
    span: params.get("span") === "24h" ? "24h" : "30m",
    targets: {
      job: text("job"),
      health: text("health"),
      text: text("text"),
      offset: Number.isSafeInteger(offset) ? Math.max(0, offset) : 0,
    },
  };
}
