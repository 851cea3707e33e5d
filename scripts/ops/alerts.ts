/** Every alert, the gravest first. */
import type { Alert } from "./alert.ts";
import { ENDPOINT_ALERTS } from "./alerts/endpoint.ts";
import { HOST_ALERTS } from "./alerts/host.ts";
import { LOSS_ALERTS } from "./alerts/loss.ts";
import { STREAM_ALERTS } from "./alerts/stream.ts";

export const ALERTS: readonly Alert[] = [
  ...LOSS_ALERTS,
  ...HOST_ALERTS,
  ...STREAM_ALERTS,
  ...ENDPOINT_ALERTS,
]
  .toSorted((a, b) => Number(b.severity === "critical") - Number(a.severity === "critical"));
