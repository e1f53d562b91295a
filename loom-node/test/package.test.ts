// The package as its users get it: packed, installed into a fresh project, run and compiled there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { PACKAGE, ROOT } from "./stage.js";

const PACKED_BYTES_MAX = 8 * 1024 * 1024;

interface Packed {
  filename: string;
  size: number;
  files: { path: string }[];
}

describe("the packed package", () => {
  const project = mkdtempSync(join(tmpdir(), "loomstack-project-"));
  let packed: Packed;
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  before(() => {
    const args = ["pack", "--json", "--pack-destination", project];
    const printed = execFileSync("npm", args, { cwd: PACKAGE, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    packed = (JSON.parse(printed.slice(printed.indexOf("["))) as Packed[])[0] ?? assert.fail("nothing was packed");
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "fresh", private: true }));
    run("npm", "install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it(`is smaller than ${PACKED_BYTES_MAX} bytes and holds the addon, the types and the licences`, (t) => {
    t.diagnostic(`packed: ${packed.size} bytes`);
    assert.ok(packed.size < PACKED_BYTES_MAX, `${packed.size} bytes`);
    const files = packed.files.map((it) => it.path);
    for (const file of ["dist/index.js", "dist/index.mjs", "dist/index.d.ts", "dist/index.d.mts", "LICENSE-MIT", "README.md"]) {
      assert.ok(files.includes(file), file);
    }
    assert.equal(files.filter((it) => it.endsWith(".node")).length, 1);
    assert.deepEqual(files.filter((it) => !/^(dist\/|LICENSE-|README\.md$|package\.json$|loomstack\..*\.node$)/.test(it)), []);
  });

  it("tells the story that every language tells, in a fresh project", () => {
    copyFileSync(join(ROOT, "examples/node/story.mjs"), join(project, "story.mjs"));
    const timeless = (told: string) =>
      execFileSync("sed", ["-E", "-f", join(ROOT, "examples/timeless.sed")], { input: told, encoding: "utf8" });
    const story = readFileSync(join(ROOT, "examples/story.txt"), "utf8");
    assert.equal(timeless(run(process.execPath, "story.mjs")), story);
    assert.equal(timeless(run(process.execPath, "story.mjs", "journal.db")), story);
    const count = "console.log(require('loomstack').Loom.open('sqlite:journal.db').runs().reply.runs.length)";
    assert.equal(run(process.execPath, "-e", count), "0\n", "both runs were finished in the file");
  });

  it("does what its README shows", () => {
    const [, example = assert.fail("no example")] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(PACKAGE, "README.md"), "utf8")) ?? [];
    mkdirSync(join(project, "readme"));
    writeFileSync(join(project, "readme/example.mjs"), `${example}\nconsole.log(claim.type, run.isLive, claim.isHeld);`);
    const told = execFileSync(process.execPath, ["example.mjs"], { cwd: join(project, "readme"), encoding: "utf8" });
    assert.equal(told, "granted false false\n");
  });

  it("is loaded by require and by import", () => {
    const script = "const { Loom } = require('loomstack'); console.log(Loom.open('memory:').head().reply.head.ver)";
    assert.equal(run(process.execPath, "-e", script), "0\n");
    const module = "import { Loom } from 'loomstack'; console.log(Loom.open('memory:').head().reply.head.ver)";
    assert.equal(run(process.execPath, "--input-type=module", "-e", module), "0\n");
  });

  it("is typed for both kinds of module, under strict rules and without other types", () => {
    const source = `
      import { Loom, type wire } from "loomstack";
      export function witness(loom: Loom, actor: wire.Actor): string | undefined {
        const { reply } = loom.claim(actor, { specs: [{ repo: "shop", paths: "a" }], mode: "write", ttl: "1m" });
        if (reply.type === "not_allowed" || reply.claim.type !== "refused") return undefined;
        const met = reply.claim.meetings.list[0]?.met;
        return met?.type === "path" ? met.witness : undefined;
      }
    `;
    mkdirSync(join(project, "src"));
    writeFileSync(join(project, "src/esm.mts"), source);
    writeFileSync(join(project, "src/cjs.cts"), source);
    const tsc = join(PACKAGE, "node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
    run(process.execPath, tsc, ...options, "src/esm.mts", "src/cjs.cts");
  });
});
