// That `loomstack/claude-agent` fits the types of the agent SDK; compiled by `make test-harnesses`.

import { query, type CanUseTool, type Options } from "@anthropic-ai/claude-agent-sdk";
import { AgentHooks } from "loomstack/claude-agent";
const loom = new AgentHooks();
const own: CanUseTool = async (_name, input) => ({ behavior: "allow", updatedInput: input });
export const options: Options = { hooks: loom.hooks(), canUseTool: loom.canUseTool };
export const both: Options = { hooks: loom.hooks(), canUseTool: loom.canUseToolOr(own) };
export const asked = () => query({ prompt: "x", options });
