import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { isNotFound } from "../filequeue/not_found.ts";
import { removeIfThere } from "./export_sink.ts";
import { parentOf } from "./paths.ts";

/** Where a text goes. */
export interface TextSink {
  /** Takes the text, and waits for the reader where it is one. */
  write(text: string): Promise<void>;
  /** Makes all of it durable, where it is a file. */
  end(): Promise<void>;
}

const WRITE_CHARACTERS = 512 * 1024;

/**
 * A file that is not there: under a name of its own until it is whole.
 *
 * @throws {WalqError} `INVALID_OPTIONS` when it is there.
 */
export async function openTextFile(files: FileSystem, path: string): Promise<TextSink> {
  await refuseFile(files, path);
  const draft = `${path}.partial`;
  await removeIfThere(files, draft);
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    const text = waiting.join("");
    waiting = [];
    characters = 0;
    await files.append(draft, [encoder.encode(text)]);
  };
  return {
    write: async (text) => {
      waiting.push(text);
      characters += text.length;
      if (characters >= WRITE_CHARACTERS) await flush();
    },
    end: async () => {
      await flush();
      await files.sync(draft);
      await files.rename(draft, path);
      await files.syncDirectory(parentOf(path));
    },
  };
}

/** @throws {WalqError} `INVALID_OPTIONS` when there is a file. */
export async function refuseFile(files: FileSystem, path: string): Promise<void> {
  try {
    await files.readHead(path, 0);
  } catch (error) {
    if (isNotFound(error)) return;
  }
  throw new WalqError(
    "INVALID_OPTIONS",
    `Cannot write "${path}": it is there already; name another one, or remove it`,
  );
}
