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
import { warmUpRequest } from "./warm_up.ts";
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

/** The kernel, compiled and warmed up once in a process. */
export function loadKernel(): Promise<Kernel> {
  loading ??= compile().catch((error) => {
    // A host without memory may have some later.
    loading = undefined;
    throw error;
  });
  return loading;
}

async function compile(): Promise<Kernel> {
  const kernel = new WasmKernel(await WebAssembly.compile(decodeBase64(KERNEL_BASE64)));
  warmUp(kernel);
  return kernel;
}

/** Uint8Array.fromBase64 is not there on Node 20. */
function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function warmUp(kernel: Kernel): void {
  const bytesMax = 1 << 20;
  const writer = kernel.createWriter();
  const reader = kernel.createReader({
    shards: 2,
    requestSignalsMax: 1000,
    externalLabels: {},
    uncompressedBytesMax: bytesMax,
    message: "prometheus.WriteRequest",
    sends: { histograms: true, exemplars: true, metadata: true },
    metadataCacheSize: 0,
  });
  writer.addRequest(warmUpRequest(1_000_000), {
    message: "appended",
    compression: "none",
    uncompressedBytesMax: bytesMax,
    cutoffMs: 0,
    latestMs: Infinity,
  });
  const batch = writer.encode();
  reader.load(batch);
  reader.route(0);
  for (let shard = 0; shard < 2; shard++) {
    if (reader.openSignals(shard) > 0) reader.take(shard);
  }
}
