/** No command nests deeper than 32; what is deeper than this holds itself, or is refused anyway. */
const DEPTH_MAX = 64;

/** A shorter text is looked through for what needs an escape; a call of JSON.stringify has its price. */
const SHORT = 64;

/** `{ ...fields, ...over }`, to be written without being made: the copy costs more than the text. @internal */
export class Over {
  constructor(
    readonly fields: object,
    readonly over: object,
  ) {}
}

/**
 * The JSON of a value, without what `JSON.stringify` does in silence: NaN and infinities do not become
 * null, a list does not get holes, and nothing disappears but `undefined` in an object. @internal
 */
export function encode(value: unknown, name: string): string {
  return written(value, name, 0);
}

function written(value: unknown, name: string, depth: number): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      return digits(value, name);
    case "object":
      return value === null ? "null" : held(value, name, depth);
    default:
      throw new TypeError(`${name} is ${kind(value)}`);
  }
}

function digits(value: number, name: string): string {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RangeError(`${name} is ${value}, and integers beyond 2^53 are not exact`);
  }
  return String(value);
}

function held(value: object, name: string, depth: number): string {
  if (depth >= DEPTH_MAX) throw new TypeError(`${name} nests deeper than ${DEPTH_MAX}, or holds itself`);
  if (value instanceof Over) {
    const below = members("", value.fields, value.over, name, depth);
    return closed(members(below, value.over, undefined, name, depth));
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) throw new RangeError(`${name} is an invalid Date`);
  if ("toJSON" in value && typeof value.toJSON === "function") return written(value.toJSON(), name, depth + 1);
  if (Array.isArray(value)) return listed(value, name, depth);
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw new TypeError(`${name} is a ${value.constructor.name}, and a plain object or an array is needed`);
  }
  return closed(members("", value, undefined, name, depth));
}

function listed(list: readonly unknown[], name: string, depth: number): string {
  let text = "";
  for (let nth = 0; nth < list.length; nth += 1) {
    text += `${nth === 0 ? "[" : ","}${written(list[nth], `${name}[${nth}]`, depth + 1)}`;
  }
  return text === "" ? "[]" : `${text}]`;
}

/** Adds the members of a value to the text of an object, but for those that another value has too. */
function members(text: string, of: object, but: object | undefined, name: string, depth: number): string {
  for (const key of Object.keys(of)) {
    if (but !== undefined && Object.hasOwn(but, key)) continue;
    const item = (of as Readonly<Record<string, unknown>>)[key];
    if (item === undefined) continue;
    text += `${text === "" ? "{" : ","}${quoted(key)}:${written(item, `${name}.${key}`, depth + 1)}`;
  }
  return text;
}

function closed(text: string): string {
  return text === "" ? "{}" : `${text}}`;
}

function quoted(text: string): string {
  return text.length < SHORT && needsNoEscape(text) ? `"${text}"` : JSON.stringify(text);
}

/** It holds no control character, no quote, no backslash, and nothing that may be half a pair. */
function needsNoEscape(text: string): boolean {
  for (let nth = 0; nth < text.length; nth += 1) {
    const unit = text.charCodeAt(nth);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit >= 0xd800) return false;
  }
  return true;
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
