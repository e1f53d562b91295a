// Builds the native addon with cargo and puts it where the package looks for it: loomstack.PLATFORM.node.
// With --testing it is built with what only tests may call, and put into build/.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const testing = process.argv.includes("--testing");

function platform() {
  if (process.platform !== "linux") return `${process.platform}-${process.arch}`;
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  return `${process.platform}-${process.arch}-${glibc ? "gnu" : "musl"}`;
}

const args = ["build", "--locked", "--profile", "node", "--message-format", "json-render-diagnostics", "-p", "loom-node"];
if (testing) args.push("--features", "testing");
const printed = execFileSync(process.env.CARGO ?? "cargo", args, {
  cwd: here,
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  stdio: ["ignore", "pipe", "inherit"],
});
const artifact = printed
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line))
  .findLast((it) => it.reason === "compiler-artifact" && it.target.name === "loom_node");
const library = artifact.filenames.find((it) => /\.(so|dylib|dll)$/.test(it));

mkdirSync(`${here}/build`, { recursive: true });
const target = testing ? `${here}/build/testing.node` : `${here}/loomstack.${platform()}.node`;
// Renamed into place: a process that has the old one loaded keeps it.
copyFileSync(library, `${target}.new`);
renameSync(`${target}.new`, target);
