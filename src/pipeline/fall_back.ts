import type { CancelTimer, Clock, Logger } from "../contracts.ts";
import type { ProtobufMessage } from "../types.ts";

/** How long until a receiver that did not understand remote write 2.0 is asked again: it may have been updated. */
const FALL_BACK_MS = 60 * 60 * 1000;

/** What a {@link FallBack} is made of. */
interface FallBackContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told each time it falls back. */
  readonly onFallBack: () => void;
  /** Told when the endpoint gets another message from now on. */
  readonly onChange: () => void;
}

/** An endpoint that does not understand remote write 2.0 gets 1.0, whatever the options say. */
export class FallBack {
  readonly #context: FallBackContext;
  #isInForce = false;
  #isStopped = false;
  #cancelSecondTry: CancelTimer | undefined;

  constructor(context: FallBackContext) {
    this.#context = context;
  }

  get isInForce(): boolean {
    return this.#isInForce;
  }

  /** What the endpoint gets in place of what the options say. */
  messageFor(wanted: ProtobufMessage): ProtobufMessage {
    return this.#isInForce ? "prometheus.WriteRequest" : wanted;
  }

  /** Nothing that was sent in 2.0 has an outcome: all of it goes out again, in order, as 1.0. */
  begin(reason: string): void {
    // Several shards may find out at once.
    if (this.#isInForce || this.#isStopped) return;
    const { clock, logger, onFallBack, onChange } = this.#context;
    this.#isInForce = true;
    onFallBack();
    logger.warn("the endpoint does not understand remote write 2.0 and gets 1.0", { reason });
    this.#cancelSecondTry = clock.after(FALL_BACK_MS, () => {
      this.#isInForce = false;
      onChange();
    });
    onChange();
  }

  /** The endpoint is another one from now on, or there is a reason to ask it again. */
  forget(): void {
    this.#isInForce = false;
    this.#cancelSecondTry?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelSecondTry?.();
  }
}
