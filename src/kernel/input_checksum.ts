import { formatChecksum } from "./checksum.ts";
import { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";
import { MEMORY_BYTES_KEPT_MAX } from "./limits.ts";

/** Checksums of bytes that are in no batch, in an instance of its own: it takes no memory before the first one. */
export class InputChecksum {
  readonly #module: WebAssembly.Module;
  #instance: KernelInstance | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  of(bytes: Uint8Array): string {
    const instance = this.#instance ??= new KernelInstance(this.#module);
    instance.putInput(bytes);
    instance.exports.checksumInput(bytes.length);
    const checksum = formatChecksum({
      low: instance.slot(layout.SLOT_CHECKSUM_LOW),
      high: instance.slot(layout.SLOT_CHECKSUM_HIGH),
    });
    if (instance.memoryBytes > MEMORY_BYTES_KEPT_MAX) this.#instance = undefined;
    return checksum;
  }
}
