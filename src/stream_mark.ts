import type { FileSystem } from "./contracts.ts";

/** Says that the batches of the queue whose data path this is are in a stream, and in which one. */
export const STREAM_MARK = "walq.stream";

const URL_LENGTH_MAX = 16 * 1024;

/**
 * Puts the mark there, for who looks into the data path without the configuration. The queue
 * does not need it: a disk that does not take it is no reason to fail.
 */
export async function markStream(files: FileSystem, dataPath: string, url: string): Promise<void> {
  if (await markedStream(files, dataPath) === url) return;
  const path = `${dataPath}/${STREAM_MARK}`;
  try {
    await files.remove(path).catch(() => {});
    await files.write(path, [new TextEncoder().encode(url)]);
  } catch {
    // Whoever looks sees an empty queue, as without it.
  }
}

/** The URL of the stream that the batches are in; undefined where there is no such mark. */
export async function markedStream(
  files: FileSystem,
  dataPath: string,
): Promise<string | undefined> {
  try {
    const { bytes } = await files.readHead(`${dataPath}/${STREAM_MARK}`, URL_LENGTH_MAX);
    return new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}
