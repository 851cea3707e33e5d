import type { StreamFault, StreamUse } from "../contracts.ts";
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
  /** What who asks may not publish to, and would have to if he were to send from it. */
  readonly missingToSend: readonly string[];
  /** Why no queue can use it as it is. */
  readonly problems: readonly string[];
}

/** What is to be done with a stream. */
interface ExamineOptions {
  /** Makes what is missing, as one may who has no other right. */
  readonly makes: boolean;
  /** What a queue does with it; undefined where that is not known. */
  readonly use?: StreamUse | undefined;
}

/**
 * Looks at a stream as a queue that opens it would, and unless it makes what is missing, tries
 * whether it could use it, too. Changes nothing that is there.
 *
 * @throws {WalqError} as `openLog` does where its servers cannot be asked.
 */
export async function examineStream(
  stream: ResolvedStream,
  dependencies: OpenLogDependencies,
  { makes, use }: ExamineOptions,
): Promise<StreamReport> {
  const { log, made, faults } = await reachStream(stream, dependencies, { makes });
  if (log === undefined) {
    // Each of them is among the faults.
    return { made, faults, partitions: undefined, problems: [], missingToSend: [] };
  }
  try {
    const layout = makes ? await agreedLayout(log, stream) : await layoutOf(log);
    const partitions = layout?.partitions;
    const lacking = async (of: StreamUse): Promise<readonly string[]> =>
      makes ? [] : await log.missingRights(of, partitions ?? stream.partitions);
    const toSend = use === "bring" ? [] : await lacking("send");
    const missing = use === "send" ? toSend : await lacking("bring");
    return {
      made,
      faults,
      partitions,
      problems: [...problemsOf(stream, partitions), ...rightsProblem(missing)],
      missingToSend: toSend.filter((right) => !missing.includes(right)),
    };
  } catch (error) {
    if (error instanceof StreamError) {
      const code = error.code === "unavailable" ? "STORAGE" : "INVALID_OPTIONS";
      throw new WalqError(code, messageOf(error), { cause: error });
    }
    const problems = [messageOf(error)];
    return { made, faults, partitions: undefined, problems, missingToSend: [] };
  } finally {
    await log.close();
  }
}

function rightsProblem(missing: readonly string[]): readonly string[] {
  if (missing.length === 0) return [];
  return [`who asks has no right to publish to ${missing.join(", ")}`];
}

function problemsOf(stream: ResolvedStream, partitions: number | undefined): readonly string[] {
  const isAgreed = partitions === undefined || partitions === stream.partitions;
  return isAgreed ? [] : [otherPartitions(stream, partitions)];
}
