import { randomBytes } from "node:crypto";

/** What a nonce takes in hex. */
const LENGTH = 32;
/** How many are drawn at once: a draw has its price, whatever its length. */
const DRAWN = 128;

let drawn = "";
let used = 0;

/** 16 bytes that nobody can guess, in hex: each is given out once. @internal */
export function freshNonce(): string {
  if (used === drawn.length) {
    drawn = randomBytes((DRAWN * LENGTH) / 2).toString("hex");
    used = 0;
  }
  used += LENGTH;
  return drawn.slice(used - LENGTH, used);
}
