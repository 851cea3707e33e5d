/** What every {@link StreamLog} does: the one in memory, and that of real servers. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { StreamLog } from "../../src/contracts.ts";

/** A stream of its own, whose subjects begin with `name`. */
export interface OpenedPlace {
  readonly log: StreamLog;
  readonly name: string;
}

export function streamLogContract(what: string, open: () => Promise<OpenedPlace>): void {
  it(`${what}: the same message again is stored once, and numbers grow over all subjects`, async () => {
    const { put } = await opened(open);
    assert.deepEqual(await put("0", "a"), { seq: 1, isDuplicate: false });
    assert.deepEqual(await put("1", "b"), { seq: 2, isDuplicate: false });
    assert.deepEqual(await put("0", "a"), { seq: 1, isDuplicate: true });
    assert.deepEqual(await put("0", "c"), { seq: 3, isDuplicate: false });
  });

  it(`${what}: what has a smaller number in a subject is deleted, and nothing else`, async () => {
    const { log, put, subject, left } = await opened(open);
    for (const [part, id] of [["0", "a"], ["1", "b"], ["0", "c"], ["1", "d"], ["0", "e"]]) {
      await put(part!, id!);
    }
    // Nobody has come anywhere yet: servers of NATS take 0 and 1 for "all of it".
    for (const below of [0, 1]) await log.purge(subject("0"), below);
    assert.deepEqual(await left("*"), [1, 2, 3, 4, 5]);
    await log.purge(subject("0"), 3);
    assert.deepEqual(await left("*"), [2, 3, 4, 5]);
    await log.purge(subject("1"), 4);
    assert.deepEqual(await left("*"), [3, 4, 5]);
    await log.purge(subject("0"), 100);
    assert.deepEqual(await left("*"), [4]);
    assert.equal((await log.state()).lastSeq, 5);
  });
}

async function opened(open: () => Promise<OpenedPlace>) {
  const { log, name } = await open();
  const subject = (part: string): string => `${name}.${part}.batches`;
  return {
    log,
    subject,
    put: (part: string, id: string) =>
      log.publish({ subject: subject(part), id, headers: {}, data: new Uint8Array(10) }),
    left: async (part: string): Promise<number[]> => {
      const seqs: number[] = [];
      for await (const { seq } of log.headsNow(subject(part), 1)) seqs.push(seq);
      return seqs;
    },
  };
}
