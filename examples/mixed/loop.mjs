// A loop in Node: it counts in shared files, and only under an exclusive claim.
//
// Usage: loop.mjs JOURNAL FOLDER NAME ROUNDS. Prints how often it was granted and how often refused.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Loom } from "loomstack";

const [journal, folder, name, rounds] = process.argv.slice(2);
const loom = Loom.open(journal);
const run = loom.run({ run: name, actor: { kind: "loop", id: name } });
let granted = 0;
let refused = 0;
while (granted < Number(rounds)) {
  const file = `counter-${(granted + refused) % 3}`;
  const claim = run.claim(file, { repo: "shop", mode: "exclusive", ttl: "1m" });
  if (claim.type !== "granted") {
    refused += 1;
    continue;
  }
  const counter = join(folder, file);
  // Reading and writing are two steps: whoever came in between would be overwritten.
  writeFileSync(counter, String(Number(readFileSync(counter, "utf8")) + 1));
  claim.release();
  granted += 1;
}
run.finish("done");
loom.close();
console.log(granted, refused);
