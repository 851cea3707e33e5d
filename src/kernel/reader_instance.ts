import type { ReaderOptions } from "../contracts.ts";
import type { Labels } from "../types.ts";
import { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";
import { HANDED_BYTES_MAX, RELABELED_BYTES_MAX } from "./limits.ts";

/** An instance of the kernel that reads, by these options. */
export function openReaderInstance(
  module: WebAssembly.Module,
  options: ReaderOptions,
): KernelInstance {
  const instance = new KernelInstance(module);
  const secret = crypto.getRandomValues(new Uint32Array(2));
  instance.exports.seed(secret[0]!, secret[1]!);
  const { relabel, externalLabels } = options;
  if (relabel !== undefined) {
    instance.exports.configureRules(options.relabeledBytesMax ?? RELABELED_BYTES_MAX);
  }
  instance.exports.configureHanded(options.handedBytesMax ?? HANDED_BYTES_MAX);
  const external = encodeLabels(relabel === undefined ? externalLabels : {});
  instance.putInput(external);
  instance.exports.configureReader(
    options.shards,
    options.requestSignalsMax,
    external.length,
    options.message === "prometheus.WriteRequest" ? layout.MESSAGE_V1 : layout.MESSAGE_V2,
    sendsCode(options.sends),
    options.metadataCacheSize,
  );
  return instance;
}

/** Each label as u32 length of its name, u32 length of its value, name, value. */
function encodeLabels(labels: Labels): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  for (const [name, value] of Object.entries(labels)) {
    const nameBytes = encoder.encode(name);
    const valueBytes = encoder.encode(value);
    const head = new DataView(new ArrayBuffer(8));
    head.setUint32(0, nameBytes.length, true);
    head.setUint32(4, valueBytes.length, true);
    parts.push(new Uint8Array(head.buffer), nameBytes, valueBytes);
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function sendsCode({ histograms, exemplars, metadata }: ReaderOptions["sends"]): number {
  return layout.SENDS_SAMPLES + (histograms ? layout.SENDS_HISTOGRAMS : 0) +
    (exemplars ? layout.SENDS_EXEMPLARS : 0) + (metadata ? layout.SENDS_METADATA : 0);
}
