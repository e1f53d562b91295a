/** No command nests deeper than 32; what is deeper than this holds itself, or is refused anyway. */
const DEPTH_MAX = 64;

/**
 * The JSON of a value, without what `JSON.stringify` does in silence: NaN and infinities do not become
 * null, a list does not get holes, and nothing disappears but `undefined` in an object. @internal
 */
export function encode(value: unknown, name: string): string {
  return JSON.stringify(plain(value, name, 0));
}

function plain(value: unknown, name: string, depth: number): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}`);
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw new RangeError(`${name} is ${value}, and integers beyond 2^53 are not exact`);
      }
      return value;
    case "object":
      return value === null ? null : held(value, name, depth);
    default:
      throw new TypeError(`${name} is ${kind(value)}`);
  }
}

function held(value: object, name: string, depth: number): unknown {
  if (depth >= DEPTH_MAX) throw new TypeError(`${name} nests deeper than ${DEPTH_MAX}, or holds itself`);
  if (value instanceof Date && Number.isNaN(value.getTime())) throw new RangeError(`${name} is an invalid Date`);
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(), name, depth + 1);
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, nth) => plain(item, `${name}[${nth}]`, depth + 1));
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw new TypeError(`${name} is a ${value.constructor.name}, and a plain object or an array is needed`);
  }
  // Without a prototype, so that a key named __proto__ stays a key.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[key] = plain(item, `${name}.${key}`, depth + 1);
  }
  return copy;
}

/** The text itself, which must be one: UTF-16 that is not well formed would be changed on its way. @internal */
export function wellFormed(text: unknown, name: string, refuse: (message: string) => Error): string {
  if (typeof text !== "string") throw new TypeError(`${name} is a string, and not ${kind(text)}`);
  if (!text.isWellFormed()) throw refuse("the text holds a lone surrogate");
  return text;
}

/** What kind of value something is, for an error. @internal */
export function kind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return { bigint: "a BigInt", object: "an object", function: "a function" }[typeof value as string] ?? `a ${typeof value}`;
}
