/**
 * What the program loads when it has something to do: nearly all of it. As one module, since
 * files that are loaded one by one make a start longer.
 */
export { Queue } from "../queue.ts";
export { check } from "./check.ts";
export { runAgent } from "./run.ts";
