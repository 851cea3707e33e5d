/** What the program begins with, whatever it is asked for. */
export { main } from "./cli.ts";
export { processHost } from "./hosts/process_host.ts";
