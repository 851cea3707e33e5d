/** The file of a socket of Unix: who may use it, and who left it behind. */
import { chmod, lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";

/** Its owner and its group: whoever may write to the file may connect. */
const MODE = 0o660;

/**
 * Makes room for a socket: what a dead process left there goes.
 *
 * @throws `EADDRINUSE` when somebody listens on it, `EEXIST` when it is no socket, `ENOENT` when its directory is not there.
 */
export async function clearSocketFile(path: string): Promise<void> {
  const stat = await lstatOrNone(path);
  if (stat === undefined) {
    // Some runtimes say of a directory that is not there that it is not permitted.
    await lstat(dirname(path));
    return;
  }
  if (!stat.isSocket()) throw withCode("EEXIST");
  if (await isListenedOn(path)) throw withCode("EADDRINUSE");
  await unlink(path);
}

/** Lets the group in, too; to be called when it is listened on. The runtimes take the file away when they close it. */
export function openSocketFile(path: string): Promise<void> {
  return chmod(path, MODE);
}

async function lstatOrNone(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Only a refusal says that nobody does: one that is busy or not for us is somebody's. */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket
      .on("connect", () => {
        socket.destroy();
        resolve(true);
      })
      .on("error", (error: Error & { code?: string }) => resolve(error.code !== "ECONNREFUSED"));
  });
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
