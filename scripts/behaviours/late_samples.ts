/** Which receivers take samples out of order, and what `send_order: fresh_first` does with each. */

interface LateReceiver {
  readonly receiver: string;
  readonly takes: string;
  readonly walq: string;
  /** How that is known. */
  readonly by: string;
}

const STRICT = "strict order: the probe is refused, and says so";
const PEERS = "`test/peers/fresh_first.test.ts`";
const WORDS = "its documentation; not run here";

const RECEIVERS: readonly LateReceiver[] = [
  {
    receiver: "Prometheus, as it comes",
    takes: "none: 400 `out of order sample`, `out of bounds`",
    walq: STRICT,
    by: PEERS,
  },
  {
    receiver: "Prometheus with `out_of_order_time_window`",
    takes: "as late as the window says; else 400 `too old sample`",
    walq: "what is new first, where the window is long enough for the backlog, and else strict " +
      "order until it is",
    by: PEERS,
  },
  {
    receiver: "Mimir, Grafana Cloud, Cortex",
    takes: "none, or as late as the tenant's `out_of_order_time_window` says; else 400",
    walq: "as Prometheus",
    by: WORDS,
  },
  {
    receiver: "Thanos Receive",
    takes: "none, or as late as `--tsdb.out-of-order.time-window` says; else 409",
    walq: "as Prometheus; a 409 is taken for a refusal of late samples, whatever its words",
    by: WORDS,
  },
  {
    receiver: "Amazon Managed Service for Prometheus",
    takes: "60 seconds late, where the workspace says no other window; 600 at most",
    walq: "strict order after any longer outage, if it answers 4xx to the probe; one that " +
      "answers 2xx and discards would lose what is late: leave `send_order` at `strict`",
    by: WORDS,
  },
  {
    receiver: "Google Cloud Managed Service for Prometheus",
    takes: "none: `Points must be written in order`",
    walq: STRICT,
    by: WORDS,
  },
  {
    receiver: "VictoriaMetrics",
    takes: "all within its retention; what is older it drops with a 2xx",
    walq: "what is new first; nobody can see what is dropped beyond the retention, in either order",
    by: WORDS,
  },
  {
    receiver: "one that answers neither 2xx nor 4xx to the probe",
    takes: "nobody knows",
    walq: "strict order, and it is asked again after 5 to 60 seconds",
    by: "`test/queue/order_probe.test.ts`",
  },
];

/** A section of docs/endpoint-behaviours.md. */
export function lateSamples(): string {
  const rows = RECEIVERS.map(({ receiver, takes, walq, by }) =>
    `| ${[receiver, takes, walq, by].join(" | ")} |\n`
  );
  return `
## Samples that come late

With \`send_order: fresh_first\` an endpoint is asked before anything overtakes: [guarantees.md](guarantees.md#order). These are not played by a server here.

| the endpoint | takes out of order | walq, with \`fresh_first\` | known by |
| --- | --- | --- | --- |
${rows.join("")}`;
}
