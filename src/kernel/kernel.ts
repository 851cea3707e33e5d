import type {
  BatchReader,
  BatchWriter,
  Kernel,
  PageParser,
  ReaderOptions,
  WriterOptions,
} from "../contracts.ts";
import { KERNEL_BASE64 } from "./bytes.ts";
import { KernelPageParser } from "./page_parser.ts";
import { KernelReader } from "./reader.ts";
import { KernelWriter } from "./writer.ts";

/** Compiled code is shared; every writer, every reader and the parser of pages has an instance, and a memory, of its own. */
class WasmKernel implements Kernel {
  readonly #module: WebAssembly.Module;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  createWriter(options?: WriterOptions): BatchWriter {
    return new KernelWriter(this.#module, options);
  }

  createReader(options: ReaderOptions): BatchReader {
    return new KernelReader(this.#module, options);
  }

  createPageParser(): PageParser {
    return new KernelPageParser(this.#module);
  }
}

let loading: Promise<Kernel> | undefined;

/**
 * The kernel, compiled once in a process. Nothing is run ahead: engines compile the rest when
 * it is called, and what is idle is not to pay for that.
 */
export function loadKernel(): Promise<Kernel> {
  loading ??= compile().catch((error) => {
    // A host without memory may have some later.
    loading = undefined;
    throw error;
  });
  return loading;
}

async function compile(): Promise<Kernel> {
  return new WasmKernel(await WebAssembly.compile(decodeBase64(KERNEL_BASE64)));
}

/** Uint8Array.fromBase64 is not there on Node 20. */
function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
