import { MemoryStream } from "../../src/testing/memory_stream.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { batchStoreContract } from "./batch_store.contract.ts";
import { openFileHost } from "./file_host.ts";
import { openStreamHost } from "./stream_host.ts";

batchStoreContract("files", (rules) => openFileHost(rules));

batchStoreContract("a stream in memory", (rules) => {
  const clock = new VirtualClock();
  const stream = new MemoryStream({ nowMs: () => clock.nowMs() });
  return openStreamHost({
    stream: "walq",
    clock,
    connect: () => {
      let isCut = false;
      const log = stream.connect(() => isCut);
      return Promise.resolve({ log, cut: () => isCut = true });
    },
    settle: () => clock.settle(),
    refuseAll: (isRefused) => {
      stream.fault = (step) => isRefused && step === "publish" ? "fill" : undefined;
    },
    close: () => Promise.resolve(),
  }, rules);
});
