import type { Group } from "./behaviour.ts";
import { CONNECTIONS } from "./connections.ts";
import { SECURE } from "./secure.ts";
import { STATUSES } from "./statuses.ts";

/** All behaviours, in the order of the page. */
export const GROUPS: readonly Group[] = [...STATUSES, ...CONNECTIONS, ...SECURE];
