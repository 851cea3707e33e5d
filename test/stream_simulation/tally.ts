/** What was done and seen, over all schedules. */
export function emptyTally() {
  return {
    schedules: 0,
    steps: 0,
    commits: 0,
    acked: 0,
    refused: 0,
    delivered: 0,
    duplicates: 0,
    kills: 0,
    pauses: 0,
    cuts: 0,
    restarts: 0,
    interruptions: 0,
    streamFaults: 0,
    lossesOfServers: 0,
  };
}

/** See {@link emptyTally}. */
export type Tally = ReturnType<typeof emptyTally>;
