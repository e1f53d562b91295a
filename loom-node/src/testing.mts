// The same module for `import`.
export * from "./testing.js";
