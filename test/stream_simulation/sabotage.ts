import { StreamIntake } from "../../src/jetstream/intake.ts";
import { Ownership } from "../../src/jetstream/ownership.ts";
import { ReadAhead } from "../../src/jetstream/read_ahead.ts";
import { JetStreamStore } from "../../src/jetstream/store.ts";
import { StreamSubjects } from "../../src/jetstream/subjects.ts";

/** A fault that is planted; returns what takes it out again. */
type Plant = () => () => void;

/** Faults that a store of a stream could have: the simulation must find each. */
export const SABOTAGES: Readonly<Record<string, Plant>> = {
  "acknowledge what is not stored yet": () =>
    replaced(
      StreamIntake.prototype,
      "publish",
      (publish) =>
        function (this: StreamIntake, ...args) {
          void publish.apply(this, args).catch(() => {});
          return Promise.resolve({ seq: 1, isDuplicate: false, bytes: 1 });
        },
    ),
  "take a batch for delivered when it is given": () =>
    replaced(
      JetStreamStore.prototype,
      "next",
      (next) =>
        async function (this: JetStreamStore, ...args) {
          const lease = await next.apply(this, args);
          if (lease !== undefined) {
            const ack = this.ack.bind(this);
            await ack(lease.id);
            this.ack = (id) => id === lease.id ? Promise.resolve() : ack(id);
          }
          return lease;
        },
    ),
  "have a partition for good": () =>
    replacedGetter(Ownership.prototype, "isHeld", (isHeld) => {
      const had = new WeakSet<Ownership>();
      return function (this: Ownership) {
        if (isHeld.call(this)) had.add(this);
        return had.has(this);
      };
    }),
  "begin a partition at its end": () =>
    replaced(Ownership.prototype, "cursor", () => () => Infinity),
  "say that one has come further": () =>
    replaced(
      Ownership.prototype,
      "settled",
      (settled) =>
        function (this: Ownership, endpoint, seq) {
          settled.call(this, endpoint, seq + 1);
        },
    ),
  "delete what another endpoint needs": () =>
    replacedGetter(Ownership.prototype, "leastCursor", () =>
      function (this: Ownership) {
        return Math.max(...this.endpoints.map((name) => this.cursor(name) ?? 0));
      }),
  "send what is in other partitions": () =>
    replaced(
      StreamSubjects.prototype,
      "partitionOf",
      (partitionOf) =>
        function (this: StreamSubjects, subject) {
          return partitionOf.call(this, subject) === 1 ? 0 : partitionOf.call(this, subject);
        },
    ),
  "give what was read ahead for what was asked for": () =>
    replaced(
      ReadAhead.prototype,
      "read",
      (read) =>
        function (this: ReadAhead, id, after) {
          const [next = id] = after(1);
          return read.call(this, next, after);
        },
    ),
  "take numbers that were given again for known": () =>
    replaced(Ownership.prototype, "newestMs", () => () => undefined),
  "go on with what was given up": () =>
    replaced(JetStreamStore.prototype, "detach", () => () => Promise.resolve()),
};

function replaced<Of extends object, Name extends keyof Of>(
  of: Of,
  name: Name,
  replace: (before: Of[Name]) => Of[Name],
): () => void {
  const before = of[name];
  of[name] = replace(before);
  return () => void (of[name] = before);
}

function replacedGetter<Of extends object, Name extends keyof Of>(
  of: Of,
  name: Name,
  replace: (before: () => Of[Name]) => (this: Of) => Of[Name],
): () => void {
  const before = Object.getOwnPropertyDescriptor(of, name)!;
  Object.defineProperty(of, name, { ...before, get: replace(before.get!) });
  return () => void Object.defineProperty(of, name, before);
}
