import { calling, LoomError } from "./errors.js";
import { encode, kind, wellFormed } from "./json.js";
import { native, type NativePathSet, type NativePattern } from "./native.js";
import type { PathRulesInput, PathSetInput, Pattern as PatternSource } from "./wire.js";

/** Whether two sets hold a path in common. */
export type Overlap =
  | {
      /** They hold none. */
      readonly meets: false;
    }
  | {
      /** They hold one, or must be taken to. */
      readonly meets: true;
      /** A path in both; absent where the answer is assumed. */
      readonly witness?: string | undefined;
      /** The search was given up, and the safe answer taken. */
      readonly assumed: boolean;
      /** Which of the left set's included patterns meets there, from 0. */
      readonly left: number;
      /** Which of the right set's. */
      readonly right: number;
    };

/** Whether one holds everything that the other does. */
export interface Containment {
  /** It does, proven. */
  readonly contained: boolean;
  /** A path that is in the other and not in this one. */
  readonly escapee?: string | undefined;
  /** The search was given up, and the safe answer (not contained) taken. */
  readonly assumed: boolean;
}

/** Whether a set holds no path at all. */
export interface Emptiness {
  /** It holds none, proven. */
  readonly empty: boolean;
  /** A path in it. */
  readonly witness?: string | undefined;
  /** The search was given up, and the safe answer (not empty) taken. */
  readonly assumed: boolean;
}

/**
 * One pattern, compared as the set of paths that it stands for and never as text.
 *
 * ```ts
 * const sources = new Pattern("src/**\/*.rs");
 * sources.overlap(new Pattern({ dir: "src/auth" })); // a path in both
 * ```
 */
export class Pattern {
  readonly #native: NativePattern;
  readonly #source: PatternSource;

  /**
   * @param source - A glob, or `{ glob }`, `{ file }` or `{ dir }`; in the latter two no character is special.
   * @param rules - How the repository compares names; as git does where absent.
   * @throws {@link LoomError}: `invalid_pattern`, `invalid_path` or `limit_exceeded`.
   */
  constructor(source: PatternSource, rules: PathRulesInput = {}) {
    const [json, rulesJson] = [encode(source, "pattern"), encode(rules, "rules")];
    this.#native = calling(() => new native.NativePattern(json, rulesJson));
    this.#source = JSON.parse(json) as PatternSource;
  }

  /** Whether the path is in it. Throws a {@link LoomError} (`invalid_path`) for what is no path. */
  matches(path: string): boolean {
    const text = pathText(path);
    return calling(() => this.#native.matches(text));
  }

  /** A path in both, or undefined where there is none. Exact. */
  overlap(other: Pattern): string | undefined {
    const compared = Pattern.#of(other);
    return calling(() => this.#native.overlap(compared)) ?? undefined;
  }

  /** Whether it holds every path that the other does. */
  contains(other: Pattern): Containment {
    const compared = Pattern.#of(other);
    return calling(() => this.#native.contains(compared));
  }

  /** The pattern as it was written. */
  toJSON(): PatternSource {
    return this.#source;
  }

  static #of(other: Pattern): NativePattern {
    if (typeof other !== "object" || other === null || !(#native in other)) {
      throw new TypeError(`a Pattern is compared with a Pattern, and not with ${kind(other)}`);
    }
    return other.#native;
  }
}

/** A path set: the union of some patterns less the union of others. */
export class PathSet {
  readonly #native: NativePathSet;
  readonly #source: PathSetInput;

  /**
   * @param source - A pattern, a list of them, or `{ include, exclude }`.
   * @param rules - How the repository compares names; as git does where absent.
   * @throws {@link LoomError}: `invalid_pattern`, `invalid_path` or `limit_exceeded`; the field says which.
   */
  constructor(source: PathSetInput, rules: PathRulesInput = {}) {
    const [json, rulesJson] = [encode(source, "paths"), encode(rules, "rules")];
    this.#native = calling(() => new native.NativePathSet(json, rulesJson));
    this.#source = JSON.parse(json) as PathSetInput;
  }

  /** Whether the path is in the set. Throws a {@link LoomError} (`invalid_path`) for what is no path. */
  matches(path: string): boolean {
    const text = pathText(path);
    return calling(() => this.#native.matches(text));
  }

  /** Whether the sets hold a path in common, with the path as witness. */
  overlap(other: PathSet): Overlap {
    const compared = PathSet.#of(other);
    const found = calling(() => this.#native.overlap(compared));
    if (!found.meets) return { meets: false };
    const { witness, assumed, left = 0, right = 0 } = found;
    return { meets: true, witness, assumed, left, right };
  }

  /** Whether it holds every path of the other; `escapee` proves the contrary. */
  contains(other: PathSet): Containment {
    const compared = PathSet.#of(other);
    return calling(() => this.#native.contains(compared));
  }

  /** Whether it holds no path at all; `witness` proves the contrary. */
  isEmpty(): Emptiness {
    return calling(() => this.#native.isEmpty());
  }

  /** The set as it was written. */
  toJSON(): PathSetInput {
    return this.#source;
  }

  static #of(other: PathSet): NativePathSet {
    if (typeof other !== "object" || other === null || !(#native in other)) {
      throw new TypeError(`a PathSet is compared with a PathSet, and not with ${kind(other)}`);
    }
    return other.#native;
  }
}

function pathText(path: string): string {
  const field = "path";
  return wellFormed(path, field, (message) => LoomError.of({ code: "invalid_path", next: "fix_input", message, field }));
}
