// The same module for `import`.
export * from "./claude-agent.js";
