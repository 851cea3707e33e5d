/**
 * Writes what comes from the tables of the options (`src/options/tables/`): their
 * interfaces, and the tables in docs/options.md. `npm run build:options`; a test
 * fails while one of them is not what the rows give.
 */
import { outputs } from "./options/outputs.ts";
import { writeOutputs } from "./write_outputs.ts";

await writeOutputs(outputs());
