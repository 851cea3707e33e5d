import type {
  BatchReader,
  BatchViewer,
  BatchWriter,
  Kernel,
  PageParser,
  ReaderOptions,
  ViewerOptions,
  WriterOptions,
} from "../contracts.ts";
import { KERNEL_BASE64 } from "./bytes.ts";
import { InputChecksum } from "./input_checksum.ts";
import { KernelPageParser } from "./page_parser.ts";
import { KernelReader } from "./reader.ts";
import { KernelViewer } from "./viewer.ts";
import { KernelWriter } from "./writer.ts";

/** Compiled code is shared; every writer, every reader and the parser of pages has an instance, and a memory, of its own. */
class WasmKernel implements Kernel {
  readonly #module: WebAssembly.Module;
  readonly #checksum: InputChecksum;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#checksum = new InputChecksum(module);
  }

  createWriter(options?: WriterOptions): BatchWriter {
    return new KernelWriter(this.#module, options);
  }

  createReader(options: ReaderOptions): BatchReader {
    return new KernelReader(this.#module, options);
  }

  createViewer(options: ViewerOptions): BatchViewer {
    return new KernelViewer(this.#module, options);
  }

  createPageParser(): PageParser {
    return new KernelPageParser(this.#module);
  }

  checksumOf(bytes: Uint8Array): string {
    return this.#checksum.of(bytes);
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

/** What runtimes have to read base64 by, the newer ones first; Node 20 has the second alone. */
interface Base64Readers {
  readonly Uint8Array: { fromBase64?(base64: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from(text: string, coding: "base64"): Uint8Array<ArrayBuffer> };
}

/** By the runtime itself: to go from character to character takes longer than to compile. */
function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const { Uint8Array: { fromBase64 }, Buffer } = globalThis as unknown as Base64Readers;
  if (fromBase64 !== undefined) return fromBase64(base64);
  if (Buffer !== undefined) return Buffer.from(base64, "base64");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
