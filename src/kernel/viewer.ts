import type { BatchView, BatchViewer, LoadableBatch, Loaded, ViewerOptions } from "../contracts.ts";
import { KernelReader } from "./reader.ts";

/** Loads batches as an endpoint does, and sends nothing of them. */
export class KernelViewer implements BatchViewer {
  readonly #reader: KernelReader;
  #isLoaded = false;

  constructor(module: WebAssembly.Module, options: ViewerOptions) {
    this.#reader = new KernelReader(module, {
      ...options,
      shards: 1,
      requestSignalsMax: 1,
      externalLabels: {},
      message: "io.prometheus.write.v2.Request",
      sends: { histograms: true, exemplars: true, metadata: true },
      metadataCacheSize: 0,
    });
  }

  view(batch: LoadableBatch): { readonly loaded: Loaded; readonly view: BatchView } {
    if (this.#isLoaded) this.#reader.discard();
    this.#isLoaded = false;
    const loaded = this.#reader.load(batch);
    this.#isLoaded = true;
    return { loaded, view: this.#reader.show() };
  }
}
