/** What a run has tried, over all of its schedules. */
export interface Tally {
  schedules: number;
  /** Schedules with at least one crash. */
  crashSchedules: number;
  steps: number;
  crashes: number;
  restarts: number;
  updates: number;
  /** Those of them, and starts, with an orphan that is to be drained. */
  drains: number;
  diskFaults: number;
  networkFaults: number;
  /** Requests of 2.0 that the endpoint did not understand. */
  fallBacks: number;
  /** Requests of which a part was refused. */
  partsRefused: number;
  /** Files that could not be read for so long that they may be set aside. */
  setAside: number;
  /** Files that went because of the limit on the disk. */
  overLimit: number;
  /** Acknowledged samples that a power cut took, where the sync level allows it. */
  unsyncedLost: number;
  /** Requests that were refused for a row in them, and those of that row alone. */
  poisonRefused: number;
  poisonAlone: number;
  /** Requests that were answered with "not you", "not here" or "not now". */
  refusedAway: number;
  /** Requests that left while what was new went first. */
  inTwoLanes: number;
  /** Samples with which an endpoint was asked whether it takes late ones. */
  probes: number;
  /** Those that were too large. */
  tooLarge: number;
  /** How often a second process was started after the lock was removed. */
  stolenLocks: number;
  /** How often what was refused was sent again, and the signals of that. */
  retries: number;
  sentAgain: number;
  /** Those with something in `rejected/`, and those that a crash has cut short. */
  retriesOfSome: number;
  retriesCut: number;
  /** Signals of delivered batches that were. */
  replayed: number;
  /** How often what a replay put into the queue was held against what was kept. */
  replaysChecked: number;
  /** How often somebody skipped a backlog, and how many batches went by that. */
  skips: number;
  skippedBatches: number;
  /** Changes of the number of an endpoint's shards while it was sending. */
  reshards: number;
  commits: number;
  refused: number;
  /** Signals of acknowledged commits. */
  acknowledged: number;
  delivered: number;
  duplicates: number;
  rejected: number;
}

export function emptyTally(): Tally {
  return {
    schedules: 0,
    crashSchedules: 0,
    steps: 0,
    crashes: 0,
    restarts: 0,
    updates: 0,
    drains: 0,
    diskFaults: 0,
    networkFaults: 0,
    fallBacks: 0,
    partsRefused: 0,
    setAside: 0,
    overLimit: 0,
    unsyncedLost: 0,
    poisonRefused: 0,
    poisonAlone: 0,
    refusedAway: 0,
    inTwoLanes: 0,
    probes: 0,
    tooLarge: 0,
    stolenLocks: 0,
    retries: 0,
    sentAgain: 0,
    retriesOfSome: 0,
    retriesCut: 0,
    replayed: 0,
    replaysChecked: 0,
    skips: 0,
    skippedBatches: 0,
    reshards: 0,
    commits: 0,
    refused: 0,
    acknowledged: 0,
    delivered: 0,
    duplicates: 0,
    rejected: 0,
  };
}
