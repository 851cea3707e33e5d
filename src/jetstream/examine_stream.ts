import type { StreamFault } from "../contracts.ts";
import { messageOf, StreamError, WalqError } from "../errors.ts";
import type { ResolvedStream } from "../options.ts";
import { agreedLayout, layoutOf } from "./layout.ts";
import { type OpenLogDependencies, otherPartitions, reachStream } from "./open_stream.ts";

/** What there is to say of a stream before a queue uses it. */
export interface StreamReport {
  /** The streams that were made, by their names. */
  readonly made: readonly string[];
  /** What is otherwise than the options say. */
  readonly faults: readonly StreamFault[];
  /** What it is parted into; undefined where nobody has said it yet, or it cannot be read. */
  readonly partitions: number | undefined;
  /** Why no queue can use it as it is. */
  readonly problems: readonly string[];
}

/**
 * Looks at a stream as a queue that opens it would; with `makes`, makes what is missing, and
 * changes nothing that is there.
 *
 * @throws {WalqError} as `openLog` does where its servers cannot be asked.
 */
export async function examineStream(
  stream: ResolvedStream,
  dependencies: OpenLogDependencies,
  { makes }: { readonly makes: boolean },
): Promise<StreamReport> {
  const { log, made, faults } = await reachStream(stream, dependencies, { makes });
  if (log === undefined) {
    // Each of them is among the faults.
    return { made, faults, partitions: undefined, problems: [] };
  }
  try {
    const layout = makes ? await agreedLayout(log, stream) : await layoutOf(log);
    const partitions = layout?.partitions;
    return { made, faults, partitions, problems: problemsOf(stream, partitions) };
  } catch (error) {
    if (error instanceof StreamError) {
      const code = error.code === "unavailable" ? "STORAGE" : "INVALID_OPTIONS";
      throw new WalqError(code, messageOf(error), { cause: error });
    }
    return { made, faults, partitions: undefined, problems: [messageOf(error)] };
  } finally {
    await log.close();
  }
}

function problemsOf(stream: ResolvedStream, partitions: number | undefined): readonly string[] {
  const isAgreed = partitions === undefined || partitions === stream.partitions;
  return isAgreed ? [] : [otherPartitions(stream, partitions)];
}
