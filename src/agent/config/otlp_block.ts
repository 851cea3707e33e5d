import type { AnyKind } from "../../options/table.ts";
import type { OtlpOptions } from "../../otlp/settings.ts";
import { OTLP } from "./prometheus_shapes.ts";
import type { Tree } from "./tree.ts";
import { isNothing, toOption } from "./values.ts";

/** The block `otlp` of a file as options, once it is known that nothing is wrong with it. */
export function otlpOptionsOf(root: Tree): OtlpOptions {
  const block = root.kind === "map" ? root.entries.get("otlp") : undefined;
  if (block?.kind !== "map") return {};
  const options: Record<string, unknown> = {};
  for (const [name, value] of block.entries) {
    const { written } = OTLP[name] as AnyKind;
    // Nothing behind a key is as if it were not there.
    if (isNothing(value)) continue;
    const option = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    options[option] = toOption(value, written);
  }
  return options as OtlpOptions;
}
