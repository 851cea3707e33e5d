/**
 * Faults planted on purpose, to see whether the simulator finds them. Those of
 * the host are wrappers around what walq is given; those inside of walq replace
 * one method of a stage for as long as the schedule runs.
 */
import type { FileSystem, HttpAnswer, HttpClient, HttpRequest } from "../../src/contracts.ts";
import { EndpointTime } from "../../src/clock/endpoint_time.ts";
import { IntakeTime } from "../../src/clock/intake_time.ts";
import { FileSystemError } from "../../src/errors.ts";
import { Ledger } from "../../src/endpoint/ledger.ts";
import { KernelReader } from "../../src/kernel/reader.ts";
import { FileQueue } from "../../src/filequeue/filequeue.ts";
import { SharedBytes } from "../../src/filequeue/shared_bytes.ts";
import { SyncScheduler } from "../../src/filequeue/sync_scheduler.ts";
import { NetworkManager } from "../../src/network/manager.ts";
import { makeAnswer, type MemoryFileSystem, VirtualClock } from "../../src/testing/memory.ts";
import { FanOut } from "../../src/serializer/fan_out.ts";
import { Writes } from "../../src/serializer/writes.ts";
import { isV2, saidBy, saying } from "./answer_v2.ts";
import { changed } from "./changed_files.ts";
import { replaced } from "./replaced.ts";
import { KEPT_SABOTAGES } from "./sabotage_kept.ts";
import { LABEL_SABOTAGES } from "./sabotage_labels.ts";
import { LANE_SABOTAGES } from "./sabotage_lanes.ts";
import { REFUSAL_SABOTAGES } from "./sabotage_refusals.ts";
import { REPLAY_SABOTAGES } from "./sabotage_replays.ts";
import { SKIP_SABOTAGES } from "./sabotage_skips.ts";
import { LOCK_SABOTAGES } from "./sabotage_lock.ts";

/** More than any request has. */
const EVERYTHING = { samples: 1_000_000, histograms: 1_000_000 };

/** A fault planted between walq and its host, or inside of walq. */
export interface Sabotage {
  readonly files?: (files: MemoryFileSystem) => FileSystem;
  readonly http?: (http: HttpClient) => HttpClient;
  /** Changes a class; returns what puts it back. */
  readonly patch?: () => () => void;
}

export const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  ...LOCK_SABOTAGES,
  "remove the fsync": { files: withoutSync },
  "remove the fsync of the directory": {
    files: (files) => changed(files, { syncDirectory: () => Promise.resolve() }),
  },
  "give the name before the bytes": { files: committedBeforeWritten },
  "swallow a failed write": { files: withoutWriteErrors },
  "delete before ack": { files: deletedWhenRead },
  "ack before the endpoint has answered": { http: answeredAtOnce },
  "take a 503 for a success": {
    http: (http) =>
      changedAnswers(
        http,
        (answer) => answer.status === 503 ? makeAnswer(200, "", saying(EVERYTHING)) : answer,
      ),
  },
  "take the success of one that does not know 2.0 for one": {
    http: (http) =>
      changedAnswers(
        http,
        (answer, request) =>
          isV2(request) && answer.status === 204 && saidBy(answer) === undefined
            ? makeAnswer(204, "", saying(EVERYTHING))
            : answer,
      ),
  },
  "take what was written in part for all": {
    http: (http) =>
      changedAnswers(
        http,
        (answer) =>
          saidBy(answer) !== undefined ? makeAnswer(answer.status, "", saying(EVERYTHING)) : answer,
      ),
  },
  "drop what the receiver does not understand": {
    http: (http) =>
      changedAnswers(
        http,
        (answer, request) => isV2(request) && answer.status === 415 ? makeAnswer(422) : answer,
      ),
  },
  "ack before all shards are done": {
    patch: () => {
      const through = new WeakMap<Ledger, Set<number>>();
      return replaced(
        Ledger.prototype,
        "settle",
        (settle) =>
          function (this: Ledger, id: number, signals: number): boolean {
            const acked = through.get(this) ?? new Set();
            through.set(this, acked);
            const isFirst = !acked.has(id);
            settle.call(this, id, signals);
            acked.add(id);
            return isFirst;
          },
      );
    },
  },
  "resend after reshard without waiting": {
    patch: () => replaced(NetworkManager.prototype, "stop", () => () => Promise.resolve()),
  },
  "change the number of shards while requests are under way": {
    patch: () => {
      const original = Object.getOwnPropertyDescriptor(NetworkManager.prototype, "isClear")!;
      Object.defineProperty(NetworkManager.prototype, "isClear", { ...original, get: () => true });
      return () => Object.defineProperty(NetworkManager.prototype, "isClear", original);
    },
  },
  "forget the leases at a restart of the endpoint": {
    patch: () => replaced(FileQueue.prototype, "release", () => () => {}),
  },
  "send the second half of a split request first": {
    patch: () =>
      replaced(
        KernelReader.prototype,
        "select",
        (select) =>
          function (this: KernelReader, body, which) {
            if ("cutoffMs" in which) return select.call(this, body, which);
            return select.call(this, body, { half: which.half === "first" ? "second" : "first" });
          },
      ),
  },
  "lose the second half of a split request": {
    patch: () =>
      replaced(
        KernelReader.prototype,
        "select",
        (select) =>
          function (this: KernelReader, body, which) {
            const selected = select.call(this, body, which);
            const isSecond = "half" in which && which.half === "second";
            if (!isSecond || selected.body === undefined) return selected;
            const { body: first } = select.call(this, body, { half: "first" });
            return { ...selected, body: { ...selected.body, bytes: first!.bytes } };
          },
      ),
  },
  "acknowledge before it is stored": {
    patch: () =>
      replaced(FanOut.prototype, "into", (into) =>
        function (this: FanOut, stores) {
          into.call(this, stores).catch(() => {});
          return Promise.resolve();
        }),
  },
  "let newer batches pass one that is kept": {
    patch: () => {
      const original = Object.getOwnPropertyDescriptor(Writes.prototype, "isRetaining")!;
      Object.defineProperty(Writes.prototype, "isRetaining", { ...original, get: () => false });
      return () => Object.defineProperty(Writes.prototype, "isRetaining", original);
    },
  },
  "never sync what was to be synced later": {
    patch: () => replaced(SharedBytes.prototype, "run", () => () => Promise.resolve(true)),
  },
  "take in more than can be synced in time": {
    patch: () => replaced(SyncScheduler.prototype, "hasRoom", () => () => true),
  },
  "judge what comes in by the wall clock": {
    patch: () =>
      withWallClock((wall) =>
        replaced(IntakeTime.prototype, "cutoffMs", () => (ttl) => wall() - ttl)
      ),
  },
  "judge what is on disk by the wall clock": {
    patch: () =>
      withWallClock((wall) =>
        replaced(EndpointTime.prototype, "cutoffMs", () => (ttl) => wall() - ttl)
      ),
  },
  "let whoever has its turn send all that it has": {
    patch: () =>
      replaced(FileQueue.prototype, "giveBelow", (giveBelow) =>
        function (this: FileQueue, id) {
          giveBelow.call(this, id === 0 ? 0 : Infinity);
        }),
  },
  "store for the first endpoint alone": {
    patch: () =>
      replaced(FanOut.prototype, "into", (into) =>
        function (this: FanOut, stores) {
          return into.call(this, stores.slice(0, 1));
        }),
  },
  ...REFUSAL_SABOTAGES,
  ...KEPT_SABOTAGES,
  ...LABEL_SABOTAGES,
  ...LANE_SABOTAGES,
  ...REPLAY_SABOTAGES,
  ...SKIP_SABOTAGES,
};

/** The bytes are written; the sync fails, and nobody hears of it. */
function withoutSync(files: MemoryFileSystem): FileSystem {
  const { fault } = files;
  files.fault = (step, path) => step === "sync" ? "io" : fault?.(step, path);
  return changed(files, {
    writeAndSync: (path, parts) => files.writeAndSync(path, parts).catch(unless("sync")),
  });
}

function withoutWriteErrors(files: MemoryFileSystem): FileSystem {
  return changed(files, {
    writeAndSync: (path, parts) => files.writeAndSync(path, parts).catch(unless("write")),
  });
}

function unless(step: string): (error: unknown) => void {
  return (error) => {
    const isMeant = error instanceof FileSystemError && error.message.startsWith(`Cannot ${step} `);
    if (!isMeant) throw error;
  };
}

/** The committed name is there first, and the bytes come after it. */
function committedBeforeWritten(files: MemoryFileSystem): FileSystem {
  const drafts = new Map<string, readonly Uint8Array[]>();
  return changed(files, {
    writeAndSync: (path, parts) => {
      if (!path.endsWith(".tmp")) return files.writeAndSync(path, parts);
      drafts.set(path, parts);
      return Promise.resolve();
    },
    link: (from, to) => {
      const parts = drafts.get(from);
      drafts.delete(from);
      return parts === undefined ? files.link(from, to) : files.writeAndSync(to, parts);
    },
  });
}

function deletedWhenRead(files: MemoryFileSystem): FileSystem {
  return changed(files, {
    readWhole: async (path, bytesMax, room) => {
      const bytes = await files.readWhole(path, bytesMax, room);
      if (path.endsWith(".committed")) {
        await files.remove(path);
        await files.syncDirectory(path.slice(0, path.lastIndexOf("/")));
      }
      return bytes;
    },
  });
}

function answeredAtOnce(http: HttpClient): HttpClient {
  return {
    exchange: (request) => {
      http.exchange(request, new AbortController().signal).catch(() => {});
      return Promise.resolve(makeAnswer(204, "", saying(EVERYTHING)));
    },
    close: () => http.close(),
  };
}

/** Has the sender see other answers than the endpoint gave. */
export function changedAnswers(
  http: HttpClient,
  change: (answer: HttpAnswer, request: HttpRequest) => HttpAnswer,
): HttpClient {
  return {
    exchange: async (request, signal) => change(await http.exchange(request, signal), request),
    close: () => http.close(),
  };
}

/** Gives what the host's clock shows; returns what puts all back. */
function withWallClock(patch: (wallMs: () => number) => () => void): () => void {
  let clock: VirtualClock | undefined;
  const forget = replaced(
    VirtualClock.prototype,
    "nowMs",
    (nowMs) =>
      function (this: VirtualClock) {
        clock = this;
        return nowMs.call(this);
      },
  );
  const repair = patch(() => clock!.nowMs());
  return () => {
    repair();
    forget();
  };
}
