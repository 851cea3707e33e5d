import { ENDPOINT } from "../../options/tables/endpoint.ts";
import { QUEUE } from "../../options/tables/queue.ts";
import type { AnyBlock } from "../../options/table.ts";
import { endpointName } from "./endpoint_name.ts";
import { FILE } from "./file.ts";
import { FileReader } from "./file_reader.ts";
import { type Filled, noOptions, type Options } from "./filled.ts";
import { pathKey } from "./path.ts";
import type { ReadDependencies } from "./read_value.ts";
import { SERVER } from "./server_options.ts";
import type { Tree } from "./tree.ts";

/** The file as the options of the queue and of the server, not checked yet. */
interface Translated {
  readonly queue: Options;
  readonly server: Options;
}

/** Maps the file's keys to the options, and remembers which came from where. */
export function translate(root: Tree, file: string, dependencies: ReadDependencies): Translated {
  const [queue, server] = [noOptions(), noOptions()];
  const tables = new Map<AnyBlock, Options>([[QUEUE, queue], [SERVER, server]]);
  const reader = new FileReader(dependencies);
  reader.read(root, FILE, { place: file, key: "" }, tables);
  for (const endpoint of reader.filledOf(ENDPOINT)) nameByUrl(endpoint);
  return { queue, server };
}

/** A name for an endpoint that was given none. */
function nameByUrl({ path, values, given, of, at: { place, key } }: Filled): void {
  const { url } = values;
  values["name"] ??= endpointName(typeof url === "string" ? url : "");
  if (given.has("name")) return;
  of.origins.set(pathKey([...path, "name"]), { place, key: `${key}.name (from its url)` });
}
