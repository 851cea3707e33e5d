/** What a stream begins with, and all of it, the beginning included. */
export interface Peeked {
  readonly head: Uint8Array;
  readonly all: AsyncIterable<Uint8Array>;
}

/** Reads the beginning of a stream: so many bytes, or as many as there are. */
export async function peeked(
  chunks: AsyncIterable<Uint8Array>,
  headBytes: number,
): Promise<Peeked> {
  const reading = chunks[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < headBytes) {
    const next = await reading.next();
    if (next.done) break;
    begun.push(next.value);
    bytes += next.value.length;
  }
  const head = new Uint8Array(Math.min(bytes, headBytes));
  let at = 0;
  for (const chunk of begun) {
    const piece = chunk.subarray(0, head.length - at);
    head.set(piece, at);
    at += piece.length;
  }
  return { head, all: allOf(begun, reading) };
}

async function* allOf(
  begun: readonly Uint8Array[],
  reading: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* begun;
    for (let next = await reading.next(); !next.done; next = await reading.next()) yield next.value;
  } finally {
    await reading.return?.();
  }
}
