import { describe } from "node:test";
import { MemoryStream } from "../../src/testing/memory_stream.ts";
import { streamLogContract } from "./stream_log.contract.ts";

describe("a log in memory", () => {
  streamLogContract("in memory", () => {
    return Promise.resolve({ log: new MemoryStream().connect(), name: "walq" });
  });
});
