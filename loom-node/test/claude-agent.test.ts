// The hooks for the agent SDK, over a program that answers as it is told to. That they fit the real SDK is held by
// `make test-harnesses`, which installs it.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { AgentHooks, HookFailed } from "loomstack/claude-agent";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A program that gives these answers, one for each call, and the last one for ever. */
function program(...answers: string[]): { program: string; words: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), "loomstack-hooks-"));
  folders.push(folder);
  const path = join(folder, "loom");
  const words = join(folder, "words");
  const cases = answers.slice(0, -1).map((answer, place) => `${place + 1}) ${answer} ;;`);
  const script = ["#!/bin/sh", "cat > /dev/null", `echo "$@" >> ${words}`, `n=$(wc -l < ${words})`];
  writeFileSync(path, [...script, "case $((n)) in", ...cases, `*) ${answers.at(-1)} ;;`, "esac", ""].join("\n"));
  chmodSync(path, 0o755);
  return { program: path, words: () => readFileSync(words, "utf8").trim().split("\n") };
}

const say = (decision: string): string => {
  const specific = { permissionDecision: decision, permissionDecisionReason: `because ${decision}` };
  return `echo '${JSON.stringify({ hookSpecificOutput: specific })}'`;
};
const input = { hook_event_name: "PreToolUse", cwd: "/", session_id: "one" };
const signal = new AbortController().signal;
const ask = (hooks: AgentHooks) => {
  const [matcher = assert.fail()] = hooks.hooks().PreToolUse;
  const [hook = assert.fail()] = matcher.hooks;
  return hook(input, "t1", { signal });
};

describe("hooks for the agent SDK", () => {
  it("block before a tool where they fail, and elsewhere are only heard of", () => {
    const matchers = Object.entries(new AgentHooks().hooks());
    const blocks = matchers.filter(([, [matcher]]) => matcher?.onFailure === "block").map(([event]) => event);
    assert.deepEqual(blocks, ["PreToolUse"]);
    assert.match(new AgentHooks().hooks().PreToolUse[0]?.matcher ?? "", /Write/);
  });

  it("say who acts, and answer as the program does", async () => {
    const loom = program(say("deny"));
    const hooks = new AgentHooks({ ...loom, actor: "loop:nightly", run: "n-1" });
    assert.deepEqual(await ask(hooks), {
      hookSpecificOutput: { permissionDecision: "deny", permissionDecisionReason: "because deny" },
    });
    assert.equal(loom.words()[0], "--as loop:nightly --run n-1 hook claude-code --checkpoint ask --timeout 10000ms");
    assert.deepEqual(await ask(new AgentHooks(program("true"))), {});
  });

  for (const [answers, patienceMs, result] of [
    [[say("ask"), say("ask"), say("allow")], 60_000, { behavior: "allow", updatedInput: {} }],
    [[say("ask"), "true"], 60_000, { behavior: "allow", updatedInput: {} }],
    [[say("ask"), say("deny")], 60_000, { behavior: "deny", message: "because deny" }],
    [[say("ask")], 0, { behavior: "deny", message: "because ask" }],
  ] as const) {
    it(`wait at a checkpoint as long as patience goes: ${result.behavior} after ${answers.length}`, async () => {
      const hooks = new AgentHooks({ ...program(...answers), patienceMs, lookMs: 0 });
      await ask(hooks);
      assert.deepEqual(await hooks.canUseTool("Write", {}, { toolUseID: "t1", signal }), result);
    });
  }

  it("leave what is no checkpoint of theirs to whoever else is asked", async () => {
    const other = new AgentHooks().canUseToolOr(async (name: string) => `asked about ${name}`);
    assert.equal(await other("Read", {}, { toolUseID: "t9", signal }), "asked about Read");
    const alone = await new AgentHooks().canUseTool("Read", {}, { toolUseID: "t9", signal });
    assert.equal(alone.behavior, "deny");
  });

  it("fail where the program gives no answer", async () => {
    for (const answer of ["exit 2", "exit 1", "echo 3", "echo {"]) {
      await assert.rejects(ask(new AgentHooks(program(answer))), HookFailed, answer);
    }
    await assert.rejects(ask(new AgentHooks({ program: "/nothing/here" })), HookFailed);
    await assert.rejects(ask(new AgentHooks({ ...program("exec sleep 60"), timeoutMs: 100 })), HookFailed);
  });
});
