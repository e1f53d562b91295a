import assert from "node:assert/strict";
import { it } from "node:test";
import { PathSet, Pattern } from "loomstack";
import { nightly, shop } from "./stage.js";

it("a pattern matches paths, as glob, as file and as folder", () => {
  assert.equal(new Pattern("src/**/*.rs").matches("src/a/b.rs"), true);
  assert.equal(new Pattern("src/**/*.rs").matches("src/a/b.ts"), false);
  assert.equal(new Pattern({ file: "app/[id].tsx" }).matches("app/[id].tsx"), true);
  assert.equal(new Pattern({ dir: "src" }).matches("src/deep/down"), true);
  assert.equal(new Pattern("readme.md", { case: "insensitive" }).matches("README.md"), true);
});

it("two patterns that meet have a witness that both match", () => {
  const [left, right] = [new Pattern("src/**/*.rs"), new Pattern("**/auth/*")];
  const witness = left.overlap(right);
  assert.ok(witness !== undefined && left.matches(witness) && right.matches(witness), witness);
  assert.equal(left.overlap(new Pattern("docs/**")), undefined);
});

it("a set is its includes less its excludes, and what overlaps says where and which", () => {
  const mine = new PathSet({ include: ["docs/**", "src/**"], exclude: ["src/generated/**"] });
  assert.equal(mine.matches("src/a.rs"), true);
  assert.equal(mine.matches("src/generated/a.rs"), false);
  assert.deepEqual(mine.overlap(new PathSet("src/generated/*.rs")), { meets: false });
  const met = mine.overlap(new PathSet(["lib/*", "src/*.rs"]));
  assert.ok(met.meets && met.witness !== undefined);
  assert.ok(mine.matches(met.witness));
  assert.deepEqual([met.assumed, met.left, met.right], [false, 1, 1]);
});

it("containment and emptiness carry their proofs", () => {
  const all = new PathSet("src/**");
  assert.deepEqual(all.contains(new PathSet("src/a/*.rs")), { contained: true, assumed: false });
  const { contained, escapee } = new PathSet("src/*.rs").contains(all);
  assert.equal(contained, false);
  assert.ok(escapee !== undefined && all.matches(escapee) && !new PathSet("src/*.rs").matches(escapee));
  assert.equal(new Pattern("**").contains(new Pattern("a")).contained, true);
  assert.deepEqual(new PathSet({ include: ["a"], exclude: ["a"] }).isEmpty(), { empty: true, assumed: false });
  const { empty, witness } = new PathSet("src/?.rs").isEmpty();
  assert.ok(!empty && witness !== undefined && new PathSet("src/?.rs").matches(witness));
});

it("a pattern or set that is none is an error that names the place", () => {
  assert.throws(() => new Pattern("a[b"), { name: "InvalidInputError", code: "invalid_pattern" });
  assert.throws(() => new Pattern({ file: "../up" }), { code: "invalid_path" });
  assert.throws(() => new PathSet(["a", "b["]), { code: "invalid_pattern", field: "include[1]" });
  assert.throws(() => new Pattern("a", { case: "loud" as "sensitive" }), { code: "invalid_json", field: "rules" });
  assert.throws(() => new Pattern("**").matches("/rooted"), { code: "invalid_path" });
});

it("a compiled set is claimed as it was written", () => {
  const run = shop().run({ actor: nightly });
  const source = { include: ["src/**"], exclude: [{ dir: "src/gen" }] };
  const claim = run.claim(new PathSet(source), { repo: "shop", mode: "write", ttl: "1m" });
  assert.equal(claim.type, "granted");
  if (claim.type === "granted") assert.deepEqual(claim.reply.specs[0]?.paths, source);
  assert.equal(JSON.stringify(new Pattern({ dir: "a" })), '{"dir":"a"}');
});
