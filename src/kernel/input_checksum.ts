import { inputChecksum } from "./batch_head.ts";
import { formatChecksum } from "./checksum.ts";
import { KernelInstance } from "./instance.ts";
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
    const checksum = formatChecksum(inputChecksum(instance, bytes.length));
    if (instance.memoryBytes > MEMORY_BYTES_KEPT_MAX) this.#instance = undefined;
    return checksum;
  }
}
