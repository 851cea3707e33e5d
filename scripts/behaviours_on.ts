/** All behaviours on this runtime, as lines of JSON: for scripts/behaviours.ts. */
import process from "node:process";
import { GROUPS } from "./behaviours/groups.ts";
import { observe } from "./behaviours/observe.ts";

for (const { behaviours } of GROUPS) {
  for (const behaviour of behaviours) {
    console.log(JSON.stringify({ name: behaviour.name, ...await observe(behaviour) }));
  }
}
process.exit(0);
