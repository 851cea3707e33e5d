/**
 * What Node has compiled of the program is kept beside it (Node 22.1 and later), so that the
 * next start need not compile it again. There, and not in the directory for temporary files,
 * where Node would keep it: whoever can write there can change the program anyway. Where the
 * process cannot write, nothing is kept. NODE_COMPILE_CACHE names another directory, and
 * NODE_DISABLE_COMPILE_CACHE=1 forbids it.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtimeName } from "../../platform/runtime_name.ts";

if (runtimeName() === "node") {
  const { enableCompileCache } = process.getBuiltinModule("node:module");
  const directory = fileURLToPath(new URL("walq/compiled", import.meta.url));
  enableCompileCache?.(process.env["NODE_COMPILE_CACHE"] || directory);
}
