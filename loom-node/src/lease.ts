import { LoomError } from "./errors.js";

/** What calls back to renew leases; tests bring their own. */
export interface Timers {
  /**
   * Calls `beat` every `ms` milliseconds until the answer is called. The promise of a beat is kept once
   * it is over, and never broken.
   */
  every(ms: number, beat: () => Promise<void>): () => void;
}

/** The longest time that a timer of Node can wait, in milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Timers of Node that keep no process alive. */
export const systemTimers: Timers = {
  every(ms, beat) {
    const timer = setInterval(() => void beat(), Math.min(Math.max(ms, 1), TIMER_MS_MAX));
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** A lease that is renewed at every third of its length, until it ends or is lost. @internal */
export class Lease {
  readonly #abort = new AbortController();
  #cancel: (() => void) | undefined;

  constructor(timers: Timers, lengthMs: number, renew: () => unknown) {
    this.#cancel = timers.every(Math.floor(lengthMs / 3), async () => {
      if (this.#cancel === undefined) return;
      try {
        await renew();
      } catch (why) {
        // A store that is away may be back for the next beat: two more fit into the lease.
        if (!(why instanceof LoomError && why.next === "retry")) this.lose(why);
      }
    });
  }

  /** Aborted once the lease is lost; the reason says why. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether it is neither over nor lost, as far as is known here. */
  get isHeld(): boolean {
    return this.#cancel !== undefined;
  }

  /** Stops renewing. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Stops renewing and tells whoever works under it. */
  lose(why: unknown): void {
    if (!this.isHeld) return;
    this.end();
    this.#abort.abort(why);
  }
}
