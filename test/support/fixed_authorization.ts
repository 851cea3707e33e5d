import { Authorization } from "../../src/network/authorization.ts";
import { MemoryFileSystem, VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "./memory_logger.ts";

/** An Authorization header that never changes; none if there is no value. */
export function fixedAuthorization(value?: string): Authorization {
  const source = { authorization: value, secretFile: undefined };
  const dependencies = {
    files: new MemoryFileSystem(),
    clock: new VirtualClock(),
    logger: new MemoryLogger(),
  };
  return new Authorization(source, dependencies);
}
