// What most tests begin with: a journal with a repository, and timers that beat when the test says so.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Loom, type LoomOptions, type Timers, type wire } from "loomstack";

/** The folder of the package. The tests run from build/test. */
export const PACKAGE = join(__dirname, "..", "..");
/** The root of the repository. */
export const ROOT = join(PACKAGE, "..");

export const ada: wire.Actor = { kind: "human", id: "ada" };
export const nightly: wire.Actor = { kind: "loop", id: "nightly" };
export const fixer: wire.Actor = { kind: "loop", id: "fixer" };

/** A journal in memory with the repository `shop`. */
export function shop(options?: LoomOptions): Loom {
  const loom = Loom.open("memory:", options);
  loom.createJournal(ada, { workspace: "acme" });
  loom.registerRepo(ada, { id: "shop", default_branch: "main" });
  return loom;
}

/** A clock and timers of a test. */
export class Hands implements Timers {
  now = Date.parse("2026-11-22T07:30:00Z");
  readonly beats: { ms: number; next: number; beat: () => Promise<void> }[] = [];

  every(ms: number, beat: () => Promise<void>): () => void {
    const entry = { ms, next: this.now + ms, beat };
    this.beats.push(entry);
    return () => {
      const place = this.beats.indexOf(entry);
      if (place >= 0) this.beats.splice(place, 1);
    };
  }

  /** Lets time pass, and everything that is due happen, one after the other. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const due = this.beats.filter((it) => it.next <= until).sort((a, b) => a.next - b.next)[0];
      if (due === undefined) break;
      this.now = Math.max(this.now, due.next);
      due.next += due.ms;
      await due.beat();
    }
    this.now = until;
  }

  get options(): LoomOptions {
    return { timers: this, clock: () => this.now };
  }
}

/** The words of a list in the schema of the wire. */
export function schema(document: "requests" | "answers"): Record<string, { oneOf?: SchemaVariant[] }> {
  const text = readFileSync(join(ROOT, `tests/schema/${document}.json`), "utf8");
  return (JSON.parse(text) as { $defs: Record<string, { oneOf?: SchemaVariant[] }> }).$defs;
}

export interface SchemaVariant {
  const?: string;
  properties?: { type?: { const?: string } };
}
