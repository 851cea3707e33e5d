import { type StreamCredentials, streamSecretsOf } from "../credentials.ts";
import type { Credential } from "./credential.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { HeaderCredential } from "./header_credential.ts";
import { SecretTexts } from "./secret_texts.ts";

/**
 * Who walq is before a stream, for what sends to it: its servers are told by who connects to
 * them, and a request has nothing of it. What is known of it is what must not be shown, and
 * whether it has changed.
 */
export function streamCredential(
  credentials: StreamCredentials,
  dependencies: Pick<AuthDependencies, "files" | "clock" | "logger">,
): Credential {
  return new HeaderCredential(
    new SecretTexts(streamSecretsOf(credentials), dependencies),
    () => ({}),
  );
}
