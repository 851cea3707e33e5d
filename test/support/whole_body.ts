import type { IncomingMessage } from "node:http";

/** What came with a request; undefined of one whose sender has ended before all of it was here. */
export async function wholeBody(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  } catch {
    // A program that a test kills may be about to send.
    return undefined;
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
