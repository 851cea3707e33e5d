/** Alerts about a queue in a stream of NATS, which processes share. */
import { type Alert, selector, TARGET } from "../alert.ts";

const STREAM = { stream: "metrics" };
const of = (name: string, instance: string): string =>
  selector(name, { ...TARGET, instance, ...STREAM });
const PARTITIONS = of("walq_stream_partitions", "edge-7:9099");
const sent = (instance: string): string => of("walq_stream_partitions_sent", instance);

export const STREAM_ALERTS: readonly Alert[] = [
  {
    name: "WalqStreamUnsent",
    severity: "critical",
    expr:
      "max by (stream) (walq_stream_partitions) - sum by (stream) (walq_stream_partitions_sent) > 0",
    forTime: "5m",
    what: "partitions of a stream that nobody sends",
    summary:
      "nobody has sent {{ $value }} partitions of the stream {{ $labels.stream }} for 5 minutes",
    meaning:
      "Metrics come into the stream, and no process that this Prometheus scrapes sends what is in some of its partitions. Nothing is lost yet: it waits in the stream, and is sent in order when somebody has the partitions, until it is older than `ttl` or the stream is full. A partition whose process died is another's within half a minute, so none is there, or none can take them; or one has them and is not told what is in the stream.",
    look: [
      "Whether any process with `sends: true` runs, and is scraped by this Prometheus: the rule adds up what they say.",
      "`walq status` of one of them: how many partitions it sends, how many nobody sends (`walq_stream_partitions_unowned`), and how many senders it hears of.",
      "Whether `walq status` says that what is new is not seen: the servers refuse who asks to follow the stream, as by a limit of consumers or a missing right (`walq nats check`).",
      "Its log: `partitions were lost` has the reason; lines with `cannot` say what servers of NATS answer.",
      "The servers of NATS: whether the stream `<stream>_records` has a leader, and whether the user may write to it (docs/nats.md, the table of rights).",
    ],
    act: [
      "Start one that sends. It takes what nobody has, and goes on where the one before has come to.",
      "Have all that send scraped by the same Prometheus.",
    ],
    fires: {
      series: {
        [PARTITIONS]: "8x30",
        [sent("edge-7:9099")]: "0x30",
        [sent("core-1:9099")]: "5x30",
        [sent("core-2:9099")]: "3x4 _x26",
      },
      at: "20m",
      labels: STREAM,
      value: "3",
    },
    rests: [
      {
        because: "all are sent, whoever does",
        series: {
          [PARTITIONS]: "8x30",
          [sent("core-1:9099")]: "8x4 5x26",
          [sent("core-2:9099")]: "0x4 3x26",
        },
        at: "20m",
      },
      {
        because: "another one has taken them",
        series: {
          [PARTITIONS]: "8x30",
          [sent("core-1:9099")]: "4x6 8x24",
          [sent("core-2:9099")]: "4x4 _x26",
        },
        at: "20m",
      },
    ],
  },
];
