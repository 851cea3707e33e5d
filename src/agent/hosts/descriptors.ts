import { readFileSync } from "node:fs";
import { CONNECTIONS_MAX } from "../connections.ts";

/** The runtime's own, and those of the queue: its files, its lock, the configuration. */
const OWN_DESCRIPTORS = 32;
/** Below this there is nobody left to serve. */
const CLIENTS_MIN = 4;
const SCRAPES_MIN = 4;
/** Pages of so many targets are in memory at once. */
const SCRAPES_MAX = 512;

/**
 * How many clients there may be at once, so that files and connections to endpoints
 * find a descriptor, too: half of what is left is theirs.
 */
export function clientsMax(descriptorsMax: number = descriptorLimit()): number {
  const half = Math.floor((descriptorsMax - OWN_DESCRIPTORS) / 2);
  return Math.min(Math.max(half, CLIENTS_MIN), CONNECTIONS_MAX);
}

/** How many scrapes there may be at once: a quarter of what is left is theirs. */
export function scrapesMax(descriptorsMax: number = descriptorLimit()): number {
  const quarter = Math.floor((descriptorsMax - OWN_DESCRIPTORS) / 4);
  return Math.min(Math.max(quarter, SCRAPES_MIN), SCRAPES_MAX);
}

/** How many files this process may have open; no bound where the host does not tell. */
function descriptorLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
