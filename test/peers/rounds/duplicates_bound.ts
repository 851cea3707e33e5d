/**
 * How many samples may arrive twice in a round: at least once is the promise, and
 * this is what it costs.
 *
 * Coming in. A sender that has no answer when walq is killed sends again what may
 * be on disk already: a request a connection. Nothing else is sent twice: a 503
 * says that nothing was kept.
 *
 * Going out. What is on disk when walq is killed goes out again after the start,
 * and of that may have arrived before:
 *
 *     oldest file | whole files | file in hand
 *          B      |      W      |      B
 *
 * The oldest file that is not deleted waits for one shard, `s`: for its answer, or
 * for the answer to be counted and the file to be deleted. Signals go through a
 * shard in the order of files, so all that `s` has of the files behind it is in
 * one of these: the request whose answer is being counted, one on its way, one
 * that waits, one that is filled. Of the files that were dealt out whole, a share
 * went to `s`, by hash; so they hold at most the four requests by the share, which
 * is W. Then comes the file that is being dealt out. A file holds B: as many
 * signals as open a new one, and a commit that came just before; but no more than
 * the senders have under way, as each waits for its answer.
 *
 * A kill before the endpoint has taken anything can send nothing twice on this side.
 */
import { type ResolvedOptions, resolveOptions } from "../../../src/options.ts";
import { REQUEST_ROWS } from "./load.ts";
import { CONNECTIONS } from "./senders.ts";

/** Kills of a round. */
export interface KillCounts {
  /** While samples came in. */
  readonly comingIn: number;
  /** While the endpoint was up. */
  readonly goingOut: number;
}

/** Counted, on its way, waiting, being filled: see above. */
const REQUESTS_A_SHARD = 4;
/** Standard deviations of the hash: a share this far below the mean is not met in a lifetime of rounds. */
const DEVIATIONS = 5;

/** The defaults, which are what a round runs on. */
export function defaultOptions(): ResolvedOptions {
  return resolveOptions({ dataPath: "data", endpoints: [{ name: "peer", url: "http://peer" }] });
}

/** The most samples that may arrive again. */
export function duplicatesMax(kills: KillCounts, options: ResolvedOptions): number {
  return kills.comingIn * UNANSWERED_SAMPLES_MAX + kills.goingOut * leasedSamplesMax(options);
}

const UNANSWERED_SAMPLES_MAX = CONNECTIONS * REQUEST_ROWS;

/** Samples in files that were read and are not deleted. */
export function leasedSamplesMax({ maxSignalsToBatch, endpoints }: ResolvedOptions): number {
  // A round is over before anything is so old that there would be more shards.
  const { batchCountMax, minShards } = endpoints[0]!;
  const file = Math.min(maxSignalsToBatch - 1 + REQUEST_ROWS, UNANSWERED_SAMPLES_MAX);
  const whole = REQUESTS_A_SHARD * batchCountMax / shareMin(minShards);
  return Math.ceil(file + whole + file);
}

/** The smallest share of a request's series that a shard has: 1/shards, and what chance takes away. */
function shareMin(shards: number): number {
  const share = 1 / shards;
  const deviation = Math.sqrt(share * (1 - share) / REQUEST_ROWS);
  return Math.max(1 / REQUEST_ROWS, share - DEVIATIONS * deviation);
}
