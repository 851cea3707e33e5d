import process from "node:process";
import type { AgentHost, Signal } from "../host.ts";

const SIGNALS: readonly Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Catches the process's signals from now on, each of which would end it otherwise.
 * Those that come before somebody listens wait for who does; the latest who
 * listens gets all.
 */
export function catchSignals(): AgentHost["onSignal"] {
  const waiting = new Set<Signal>();
  let take = (signal: Signal): unknown => waiting.add(signal);
  for (const signal of SIGNALS) process.on(signal, () => take(signal));
  return (listener) => {
    take = listener;
    for (const signal of waiting) listener(signal);
    waiting.clear();
  };
}
