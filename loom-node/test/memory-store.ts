// The smallest complete store: a journal in arrays and maps. Every method waits a turn of the event loop
// first, as one that asks a database does.

import { setImmediate } from "node:timers/promises";
import type { NewRecord, Store, StoredSnapshot, StoredText, wire } from "loomstack";

const EMPTY: wire.Head = { ver: 0, hash: "0".repeat(64), incarnation: 0 };

export class MemoryStore implements Store {
  records: NewRecord[] = [];
  readonly texts = new Map<string, StoredText>();
  readonly snapshots = new Map<string, StoredSnapshot>();

  async head(): Promise<wire.Head> {
    await setImmediate();
    return this.last();
  }

  async read(after: number, maxBytes: number): Promise<NewRecord[]> {
    await setImmediate();
    let bytes = 0;
    return this.records.slice(after).filter((record, nth) => {
      bytes += Buffer.byteLength(record.body);
      return nth === 0 || bytes <= maxBytes;
    });
  }

  async append(expected: wire.Head, record: NewRecord): Promise<"committed" | "conflict"> {
    await setImmediate();
    const head = this.last();
    if (head.ver !== expected.ver || head.hash !== expected.hash) {
      return this.records[record.ver - 1]?.hash === record.hash ? "committed" : "conflict";
    }
    this.records.push(record);
    return "committed";
  }

  async saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    this.snapshots.set(`${snapshot.projection} ${snapshot.format}`, snapshot);
  }

  async loadSnapshot(projection: string, format: number): Promise<StoredSnapshot | undefined> {
    return this.snapshots.get(`${projection} ${format}`);
  }

  async putTexts(texts: readonly StoredText[]): Promise<void> {
    for (const text of texts) this.texts.set(text.digest, text);
  }

  async getTexts(digests: readonly string[]): Promise<(StoredText | undefined)[]> {
    await setImmediate();
    return digests.map((digest) => this.texts.get(digest));
  }

  async eraseTexts(digests: readonly string[]): Promise<void> {
    for (const digest of digests) this.texts.delete(digest);
  }

  private last(): wire.Head {
    const last = this.records.at(-1);
    return last === undefined ? EMPTY : { ver: last.ver, hash: last.hash, incarnation: last.incarnation };
  }
}
