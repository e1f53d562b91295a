import "./dispose.js";
import { calling, LoomError, promising } from "./errors.js";
import { type Door, Journal, type LoomOptions } from "./journal.js";
import { wellFormed } from "./json.js";
import { native, type NativeLoom } from "./native.js";
import { isGone } from "./run.js";
import { dispatcher, type Store } from "./store.js";

/**
 * A journal whose commands are carried out at once, on the calling thread, renewals by timers included.
 * Each takes as long as the disk takes to sync. {@link AsyncLoom} never holds up the event loop.
 *
 * ```ts
 * import { Loom } from "loomstack";
 *
 * using loom = Loom.open("sqlite:journal.db");
 * const answer = loom.createJournal({ kind: "human", id: "ada" }, { workspace: "shop" });
 * answer.reply.workspace; // "shop"
 * ```
 */
export class Loom extends Journal<false> {
  override readonly isAsync = false;

  private constructor(native: NativeLoom, options?: LoomOptions) {
    super(native, options);
  }

  /**
   * Opens a journal. Any number of handles and processes may have the same file open.
   *
   * @param url - `sqlite:PATH`, made with its folders where it does not exist,
   *   `postgres://USER@HOST/DATABASE?workspace=NAME`, which machines share, or `memory:`.
   * @throws {@link LoomError} where it cannot be opened; `invalid_field` for another kind of address.
   */
  static open(url: string, options?: LoomOptions): Loom {
    const checked = address(url);
    return new Loom(
      calling(() => native.NativeLoom.open(checked)),
      options,
    );
  }

  /** A journal over a store that is written in JavaScript. Its commands answer with promises. */
  static over(store: Store, options?: LoomOptions): AsyncLoom {
    return AsyncLoom.over(store, options);
  }

  /** Closes the handle. Closing it again does nothing. */
  close(): void {
    this.taken()?.close();
  }

  /** Closes the handle. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  override exchange<T>(door: Door, request: () => [string, string | undefined], read: (json: string) => T): T {
    const open = this.open();
    const [json, at] = request();
    return read(calling(() => (door === "submit" ? open.submitJson(json, at) : open.queryJson(json, at))));
  }

  /** @internal */
  override map<T, U>(value: T, next: (value: T) => U): U {
    return next(value);
  }

  /** @internal */
  override value<T>(value: T): T {
    return value;
  }

  /** @internal */
  override orGone(work: () => unknown, gone: () => void): void {
    try {
      work();
    } catch (why) {
      if (!isGone(why)) throw why;
      gone();
    }
  }
}

/**
 * A journal whose commands answer with promises. They are carried out on a thread of the handle, in the
 * order in which they were asked, and never hold up the event loop. A promise that is pending keeps the
 * process alive; an open handle does not.
 */
export class AsyncLoom extends Journal<true> {
  override readonly isAsync = true;

  private constructor(native: NativeLoom, options?: LoomOptions) {
    super(native, options);
  }

  /** Opens a journal as {@link Loom.open} does. */
  static async open(url: string, options?: LoomOptions): Promise<AsyncLoom> {
    const checked = address(url);
    return new AsyncLoom(await promising(() => native.NativeLoom.openAsync(checked)), options);
  }

  /**
   * A journal over a store that is written in JavaScript; see {@link Store} for its duties. Reads nothing
   * yet. Close the handle when done with it: it is not collected before.
   *
   * A method of the store must not wait for a command of a handle over the same store: commands are
   * carried out one after another, so that it would wait for itself.
   *
   * Records more than 5 seconds ahead of the system's clock are refused (`clock_ahead`), unless a `clock`
   * is given in its place.
   */
  static over(store: Store, options?: LoomOptions): AsyncLoom {
    let handle: NativeLoom | undefined;
    const dispatch = dispatcher(store, (id, kept, json, bytes) => handle?.settle(id, kept, json, bytes));
    handle = calling(() => native.NativeLoom.over(dispatch, options?.clock !== undefined));
    return new AsyncLoom(handle, options);
  }

  /** Closes the handle, once everything asked before was carried out. Closing it again does nothing. */
  async close(): Promise<void> {
    const open = this.taken();
    if (open !== undefined) await promising(() => open.closeAsync());
  }

  /** Closes the handle. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  override async exchange<T>(
    door: Door,
    request: () => [string, string | undefined],
    read: (json: string) => T,
  ): Promise<T> {
    const open = this.open();
    const [json, at] = request();
    const answer = promising(() => (door === "submit" ? open.submitJsonAsync(json, at) : open.queryJsonAsync(json, at)));
    return read(await answer);
  }

  /** @internal */
  override async map<T, U>(value: Promise<T>, next: (value: T) => U): Promise<U> {
    return next(await value);
  }

  /** @internal */
  override async value<T>(value: T): Promise<T> {
    return value;
  }

  /** @internal */
  override async orGone(work: () => Promise<unknown>, gone: () => void): Promise<void> {
    try {
      await work();
    } catch (why) {
      if (!isGone(why)) throw why;
      gone();
    }
  }
}

function address(url: string): string {
  const field = "url";
  return wellFormed(url, field, (message) => LoomError.of({ code: "invalid_field", next: "fix_input", message, field }));
}
