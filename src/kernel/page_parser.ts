import type { PageParser, TargetPages } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";
import { PAGES_BYTES_KEPT_MIN } from "./limits.ts";
import { KernelTarget } from "./target_pages.ts";

/** An instance is replaced when its memory is this many times what is held for targets. */
const SPARE_FACTOR = 4;

/**
 * Reads the pages of all targets in one instance of the kernel. Its memory is what they
 * hold and what the largest page of late took; when that is much more than is held, the
 * targets move to another instance.
 */
export class KernelPageParser implements PageParser {
  readonly #module: WebAssembly.Module;
  /** So that nobody can make lines that are hard to tell apart. Targets take it along. */
  readonly #secret = crypto.getRandomValues(new Uint32Array(2));
  readonly #memoryBytesMin: number;
  readonly #targets = new Set<KernelTarget>();
  #instance: KernelInstance;
  /** The target whose page was read and whose request was not written yet. */
  #reading: KernelTarget | undefined;

  /** An instance with less memory than `memoryBytesMin` is never replaced. */
  constructor(module: WebAssembly.Module, memoryBytesMin: number = PAGES_BYTES_KEPT_MIN) {
    this.#module = module;
    this.#memoryBytesMin = memoryBytesMin;
    this.#instance = this.#open();
  }

  /** Bytes that the memory of the instance has grown to. */
  get memoryBytes(): number {
    return this.#instance.memoryBytes;
  }

  openTarget(): TargetPages {
    const target = new KernelTarget({
      call: (what) => this.#guard(what),
      reads: (reader) => this.#reading = reader,
      isReading: (reader) => this.#reading === reader,
      rests: () => this.#shrink(),
      closed: (closed) => this.#targets.delete(closed),
    }, this.#guard(({ exports }) => exports.openTarget()));
    this.#targets.add(target);
    return target;
  }

  #open(): KernelInstance {
    const instance = new KernelInstance(this.#module);
    instance.exports.seed(this.#secret[0]!, this.#secret[1]!);
    return instance;
  }

  /** Gives back what pages took that are through. */
  #shrink(): void {
    if (this.#reading !== undefined) return;
    this.#guard(({ exports }) => exports.shrinkPages());
    const { memoryBytes } = this.#instance;
    if (memoryBytes <= this.#memoryBytesMin) return;
    let held = 0;
    for (const target of this.#targets) held += target.heldBytes;
    if (memoryBytes > held * SPARE_FACTOR) this.#move();
  }

  #move(): void {
    this.#guard((from) => {
      const to = this.#open();
      const moved = Array.from(this.#targets, (target) => {
        from.exports.packTarget(target.id);
        const packed = from.bytes().subarray(
          from.slot(layout.SLOT_DATA_AT),
          from.slot(layout.SLOT_DATA_AT) + from.slot(layout.SLOT_DATA_BYTES),
        );
        to.putInput(packed);
        return [target, to.exports.unpackTarget(packed.length)] as const;
      });
      for (const [target, id] of moved) target.id = id;
      this.#instance = to;
    });
  }

  /** An instance that trapped is never used again: what was known of targets is lost with it. */
  #guard<Result>(call: (instance: KernelInstance) => Result): Result {
    try {
      return call(this.#instance);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      const instance = this.#open();
      this.#instance = instance;
      this.#reading = undefined;
      for (const target of this.#targets) target.lose(instance.exports.openTarget());
      throw new Error(
        `BUG: the kernel trapped and lost the series of ${this.#targets.size} targets: ${
          messageOf(error)
        }`,
        { cause: error },
      );
    }
  }
}
