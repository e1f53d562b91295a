// The native half. It speaks JSON and is used by the other modules alone.

import { existsSync } from "node:fs";
import { join } from "node:path";

/** A journal behind two doors. @internal */
export interface NativeLoom {
  submitJson(command: string, at?: string): string;
  submitJsonAsync(command: string, at?: string): Promise<string>;
  queryJson(query: string, at?: string): string;
  queryJsonAsync(query: string, at?: string): Promise<string>;
  settle(id: number, kept: boolean, json: string, bytes?: Uint8Array): void;
  close(): void;
  closeAsync(): Promise<void>;
}

/** A call of a store, to be answered by `settle`. @internal */
export interface StoreCall {
  id: number;
  method: string;
  json: string;
  bytes?: Uint8Array;
}

/** @internal */
export interface NativeContainment {
  contained: boolean;
  escapee?: string;
  assumed: boolean;
}

/** @internal */
export interface NativePattern {
  matches(path: string): boolean;
  overlap(other: NativePattern): string | null;
  contains(other: NativePattern): NativeContainment;
}

/** @internal */
export interface NativePathSet {
  matches(path: string): boolean;
  overlap(other: NativePathSet): {
    meets: boolean;
    witness?: string;
    assumed: boolean;
    left?: number;
    right?: number;
  };
  contains(other: NativePathSet): NativeContainment;
  isEmpty(): { empty: boolean; witness?: string; assumed: boolean };
}

/** @internal */
export interface Native {
  NativeLoom: {
    open(url: string): NativeLoom;
    openAsync(url: string): Promise<NativeLoom>;
    over(dispatch: (call: StoreCall) => void, simulated: boolean): NativeLoom;
  };
  NativePattern: new (source: string, rules: string) => NativePattern;
  NativePathSet: new (source: string, rules: string) => NativePathSet;
}

/** The name of the platform as the file of the addon carries it. */
function platform(): string {
  const { platform, arch } = process;
  if (platform !== "linux") return `${platform}-${arch}`;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return `${platform}-${arch}-${report.header?.glibcVersionRuntime ? "gnu" : "musl"}`;
}

function load(): Native {
  const file = join(__dirname, "..", `loomstack.${platform()}.node`);
  if (!existsSync(file)) {
    throw new Error(
      `loomstack has no native addon for ${platform()} here (${file} is missing). ` +
        "Build it from source: npm run build in loom-node.",
    );
  }
  return require(file) as Native;
}

/** @internal */
export const native: Native = load();
