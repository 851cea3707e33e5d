/** Prints what is in the environment under the names of the command line, as the program has it. */
import process from "node:process";
import { forgetEnvFiles } from "../../src/platform/env_files.ts";

forgetEnvFiles();
console.log(process.argv.slice(2).map((name) => process.env[name] ?? "-").join(" "));
