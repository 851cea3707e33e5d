/** `node dist/scripts/build_program.js`: the program of the npm package, from the sources to `dist/`. */
import { bundleProgram } from "./bundle_program.ts";

await bundleProgram("dist");
