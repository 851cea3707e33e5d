/**
 * A host in memory, on which a queue is tested: its disk can fail and crash, its
 * endpoints follow a script, and its time passes when the test says so.
 *
 * @module
 */
export { MemoryLivenessSockets, MemoryPlatform, MemoryProcessTable } from "./src/testing/memory.ts";
export type { MemoryOptions } from "./src/testing/memory.ts";
export { MemoryFileSystem } from "./src/testing/memory_files.ts";
export type { FileFault, FileStep, MemoryFileOptions } from "./src/testing/memory_files.ts";
export { MemoryStream } from "./src/testing/memory_stream.ts";
export type {
  MemoryStreamFault,
  MemoryStreamOptions,
  MemoryStreamStep,
} from "./src/testing/memory_stream.ts";
export { MemoryStreams } from "./src/testing/memory_streams.ts";
export type { OpenFault } from "./src/testing/memory_streams.ts";
export { makeAnswer, ScriptedHttpClient } from "./src/testing/scripted_http.ts";
export type { EndpointScript, ScriptedAnswer } from "./src/testing/scripted_http.ts";
export { ProcessClock, VirtualClock } from "./src/testing/virtual_clock.ts";
