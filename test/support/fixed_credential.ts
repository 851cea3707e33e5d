import type { Credential } from "../../src/auth/credential.ts";
import { HeaderCredential } from "../../src/auth/header_credential.ts";
import { SecretTexts } from "../../src/auth/secret_texts.ts";
import { MemoryFileSystem, VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "./memory_logger.ts";

/** An Authorization header that never changes; none if there is no value. */
export function fixedCredential(authorization?: string): Credential {
  const dependencies = {
    files: new MemoryFileSystem(),
    clock: new VirtualClock(),
    logger: new MemoryLogger(),
  };
  const headers = authorization === undefined ? {} : { authorization };
  return new HeaderCredential(new SecretTexts([], dependencies), () => headers);
}
