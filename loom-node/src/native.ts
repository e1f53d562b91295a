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
  client: number;
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

/** The conformance suite over a factory of stores. @internal */
export interface NativeConformance {
  run(name: string, outlivesItsClients: boolean): Promise<string>;
  settle(id: number, kept: boolean, json: string, bytes?: Uint8Array): void;
}

/** @internal */
export interface Native {
  NativeConformance: {
    new (dispatch: (call: StoreCall) => void): NativeConformance;
    checks(): string[];
  };
  NativeLoom: {
    open(url: string): NativeLoom;
    openAsync(url: string): Promise<NativeLoom>;
    over(dispatch: (call: StoreCall) => void, simulated: boolean): NativeLoom;
  };
  NativePattern: new (source: string, rules: string) => NativePattern;
  NativePathSet: new (source: string, rules: string) => NativePathSet;
}

function load(): Native {
  const platform = `${process.platform}-${process.arch}`;
  const abis = process.platform === "linux" ? ["-gnu", "-musl"] : [""];
  const file = (abi: string) => join(__dirname, "..", `loomstack.${platform}${abi}.node`);
  const found = abis.filter((abi) => existsSync(file(abi)));
  const [first] = found;
  if (first === undefined) {
    throw new Error(
      `loomstack has no native addon for ${platform} here (${file(abis[0] ?? "")} is missing). ` +
        "Build it from source: npm run build in loom-node.",
    );
  }
  return require(file(found.length > 1 ? libc() : first)) as Native;
}

/** Which C library Node itself runs on. Takes milliseconds, so it is asked only where both are there. */
function libc(): string {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime ? "-gnu" : "-musl";
}

/** @internal */
export const native: Native = load();
