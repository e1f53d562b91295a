// Hooks for the Claude Agent SDK: sessions that it starts obey like those of Claude Code itself.
//
//     import { query } from "@anthropic-ai/claude-agent-sdk";
//     import { AgentHooks } from "loomstack/claude-agent";
//
//     const loom = new AgentHooks({ patienceMs: 600_000 });
//     for await (const message of query({ prompt, options: { hooks: loom.hooks(), canUseTool: loom.canUseTool } })) …
//
// Each hook is answered by the program `loom` (`loom hook claude-code`), which finds files through worktrees and
// links, claims them, asks the policy, and says no where it fails. Before a tool, a hook that fails here says no, too.
// The SDK is no dependency of this package: whoever has it installed uses this module.

import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** The tools before which a session asks, as `loom init claude-code` has them. */
const TOOLS = "Bash|PowerShell|Edit|Write|MultiEdit|NotebookEdit|mcp__.*";
/** The tools whose changes it tells of. */
const EDITS = "Edit|Write|MultiEdit|NotebookEdit";
const EVENTS = {
  SessionStart: undefined,
  UserPromptSubmit: undefined,
  PreToolUse: TOOLS,
  PostToolUse: EDITS,
  PostToolUseFailure: TOOLS,
  SubagentStart: undefined,
  SubagentStop: undefined,
  Stop: undefined,
  PreCompact: undefined,
  SessionEnd: undefined,
} as const;

/** The events that hooks are answered for. */
export type HookEvent = keyof typeof EVENTS;
/** What a hook is told, in the harness's own words. */
export interface HookInput {
  hook_event_name: string;
  cwd: string;
}
/** What a harness is answered, in its own words. */
export type HookAnswer = object;
/** A hook, as the SDK calls it. */
export type HookCallback = (
  input: HookInput,
  toolUseID: string | undefined,
  options: { signal: AbortSignal },
) => Promise<HookAnswer>;
/** Hooks of one event, as the SDK takes them. */
export interface HookMatcher {
  matcher?: string;
  hooks: HookCallback[];
  /** In seconds. */
  timeout?: number;
  onFailure?: "continue" | "block";
}
/** Whether a tool may be used. */
export type PermissionResult =
  | { behavior: "allow"; updatedInput: Record<string, unknown> }
  | { behavior: "deny"; message: string };
/** What the SDK asks where a hook leaves it open. */
export type CanUseTool<Options extends { toolUseID: string; signal: AbortSignal }, Result> = (
  name: string,
  input: Record<string, unknown>,
  options: Options,
) => Promise<Result>;

/** How hooks are answered. */
export interface AgentHooksOptions {
  /** `loom`, or a path to it. */
  program?: string;
  /** What `--as`, `--run` and `--store` are on its command line; without a run, each session is one of its own. */
  actor?: string;
  run?: string;
  store?: string;
  /** The time for one answer, in milliseconds; 10 seconds where absent. */
  timeoutMs?: number;
  /** How long `canUseTool` waits for a person's yes, in milliseconds; not at all where absent. */
  patienceMs?: number;
  /** How often it looks, in milliseconds; every second where absent. */
  lookMs?: number;
}

/** `loom` gave no answer: it is not there, it failed, or it took too long. */
export class HookFailed extends Error {
  override readonly name = "HookFailed";
}

interface Decision {
  hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string };
}

/** What the SDK asks before and after an agent does something, answered by `loom`. */
export class AgentHooks {
  readonly #program: string;
  readonly #words: string[];
  readonly #timeoutMs: number;
  readonly #patienceMs: number;
  readonly #lookMs: number;
  /** Calls of tools that wait for a person, by their names. */
  readonly #held = new Map<string, HookInput>();

  constructor(options: AgentHooksOptions = {}) {
    this.#program = options.program ?? "loom";
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#patienceMs = options.patienceMs ?? 0;
    this.#lookMs = options.lookMs ?? 1_000;
    const named = { "--as": options.actor, "--run": options.run, "--store": options.store };
    const given = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
    const timeout = `${Math.round(this.#timeoutMs)}ms`;
    this.#words = [...given, "hook", "claude-code", "--checkpoint", "ask", "--timeout", timeout];
  }

  /** What `options.hooks` of a query takes. */
  hooks(): { [Event in HookEvent]: HookMatcher[] } {
    const timeout = (this.#timeoutMs / 1_000) * 2;
    const entries = Object.entries(EVENTS).map(([event, tools]): [string, HookMatcher[]] => {
      const matcher: HookMatcher = { hooks: [this.#heard], timeout };
      if (tools !== undefined) matcher.matcher = tools;
      if (event === "PreToolUse") matcher.onFailure = "block";
      return [event, [matcher]];
    });
    return Object.fromEntries(entries) as { [Event in HookEvent]: HookMatcher[] };
  }

  /**
   * What `options.canUseTool` of a query takes: waits for a person's yes to what one of our hooks held, as long as
   * patience goes. What is no checkpoint of ours is refused; see {@link AgentHooks.canUseToolOr}.
   */
  readonly canUseTool = async (
    name: string,
    input: Record<string, unknown>,
    options: { toolUseID: string; signal: AbortSignal },
  ): Promise<PermissionResult> =>
    this.canUseToolOr(async () => ({ behavior: "deny" as const, message: "there is nobody here to allow this" }))(
      name,
      input,
      options,
    );

  /** {@link AgentHooks.canUseTool} for a program that has one besides, which is asked where it is none of ours. */
  canUseToolOr<Options extends { toolUseID: string; signal: AbortSignal }, Result>(
    otherwise: CanUseTool<Options, Result>,
  ): CanUseTool<Options, Result | PermissionResult> {
    return async (name, input, options) => {
      const told = this.#held.get(options.toolUseID);
      if (told === undefined) return otherwise(name, input, options);
      this.#held.delete(options.toolUseID);
      const until = performance.now() + this.#patienceMs;
      for (;;) {
        const { decision, reason } = decided(await this.#answer(told, options.signal));
        // Approved, or nothing stands against it any more.
        if (decision === undefined || decision === "allow") return { behavior: "allow", updatedInput: input };
        if (decision === "deny" || performance.now() >= until) return { behavior: "deny", message: reason };
        await pause(this.#lookMs, undefined, { signal: options.signal });
      }
    };
  }

  readonly #heard: HookCallback = async (input, call, { signal }) => {
    const answer = await this.#answer(input, signal);
    if (call !== undefined && decided(answer).decision === "ask") this.#held.set(call, input);
    return answer;
  };

  #answer(input: HookInput, signal: AbortSignal): Promise<HookAnswer> {
    return new Promise((resolve, reject) => {
      const failed = (why: string): void => reject(new HookFailed(why));
      const cwd = isFolder(input.cwd) ? { cwd: input.cwd } : {};
      const child = spawn(this.#program, this.#words, { ...cwd, signal, stdio: "pipe" });
      // The program's own watch answers first; this one is for a program that hangs.
      const watch = setTimeout(() => child.kill("SIGKILL"), this.#timeoutMs * 1.5);
      const said: Buffer[] = [];
      const complained: Buffer[] = [];
      child.stdout.on("data", (piece: Buffer) => said.push(piece));
      child.stderr.on("data", (piece: Buffer) => complained.push(piece));
      child.on("error", (why) => {
        clearTimeout(watch);
        failed(`${this.#program}: ${why.message}`);
      });
      child.on("close", (exit) => {
        clearTimeout(watch);
        const reason = Buffer.concat(complained).toString().trim();
        if (exit !== 0) return failed(reason === "" ? `${this.#program} gave no reason` : reason);
        const text = Buffer.concat(said).toString().trim();
        try {
          const answer: unknown = text === "" ? {} : JSON.parse(text);
          if (typeof answer !== "object" || answer === null) return failed(`${this.#program} answered no object`);
          return resolve(answer);
        } catch (why) {
          return failed(`${this.#program} answered no JSON: ${String(why)}`);
        }
      });
      // A hook that answers before it has read all closes its end.
      child.stdin.on("error", () => {});
      child.stdin.end(JSON.stringify(input));
    });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The decision in an answer before a tool, and its reason. */
function decided(answer: HookAnswer): { decision: string | undefined; reason: string } {
  const specific = (answer as Decision).hookSpecificOutput;
  return { decision: specific?.permissionDecision, reason: specific?.permissionDecisionReason ?? "held by loom" };
}
