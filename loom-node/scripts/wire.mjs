// Writes src/wire.ts, the types of everything that crosses the two doors, from tests/schema. With --check
// it writes nothing and fails where the file is stale.
//
// The schema uses few forms, and each is written here as a person would write it: one named type for each
// variant, documentation kept, no numbered copies. A form that is not known fails.

import { readFileSync, writeFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const target = new URL("../src/wire.ts", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(`tests/schema/${name}.json`, root), "utf8")).$defs;
/** Calls `visit` with every object in a schema, from the outside in. */
function walk(node, visit) {
  if (Array.isArray(node)) return node.forEach((it) => walk(it, visit));
  if (node === null || typeof node !== "object") return;
  visit(node);
  Object.values(node).forEach((it) => walk(it, visit));
}

const refs = (schema) => {
  const names = [];
  walk(schema, (it) => it.$ref && names.push(it.$ref.split("/").pop()));
  return names;
};

/** Puts both documents under one roof. What goes in and what comes out in two forms has two names. */
function merged(requests, answers) {
  const two = new Set(
    Object.keys(requests).filter((it) => it in answers && JSON.stringify(requests[it]) !== JSON.stringify(answers[it])),
  );
  for (let before = -1; before !== two.size; ) {
    before = two.size;
    for (const name of Object.keys(requests)) {
      if (name in answers && refs(requests[name]).some((it) => two.has(it))) two.add(name);
    }
  }
  const named = (name) => (two.has(name) ? `${name}Input` : name);
  walk(requests, (it) => it.$ref && (it.$ref = `#/$defs/${named(it.$ref.split("/").pop())}`));
  const renamed = Object.entries(requests).map(([name, schema]) => [named(name), schema]);
  return { ...answers, ...Object.fromEntries(renamed) };
}

const pascal = (snake) => snake.replace(/(^|_)([a-z])/g, (_, __, letter) => letter.toUpperCase());

/** Gives each variant of a tagged union a name of its own: `ReplyClaim`, `ClaimReplyGranted`. */
function named(defs) {
  for (const [union, schema] of Object.entries(defs)) {
    schema.oneOf?.forEach((variant, nth) => {
      const tag = variant.properties?.type?.const;
      if (tag === undefined) return;
      const name = union + pascal(tag);
      if (name in defs) throw new Error(`two types are named ${name}`);
      defs[name] = variant;
      schema.oneOf[nth] = { $ref: `#/$defs/${name}` };
    });
  }
  return defs;
}

/** What is not there is left out, in both directions; null in its place is not part of the types. */
function absent(node) {
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    if (node.required?.includes(name)) continue;
    if (property.anyOf?.some((it) => it.type === "null")) {
      const [only] = property.anyOf.filter((it) => it.type !== "null");
      node.properties[name] = { ...only, description: property.description };
    }
    if (Array.isArray(property.type)) property.type = property.type.find((it) => it !== "null");
  }
}

/** Documentation, without examples in Rust and links into its documentation. */
function comment(schema, indent = "") {
  const words = schema.oneOf?.every((it) => it.const !== undefined)
    ? ["", ...schema.oneOf.map((it) => `- \`${it.const}\`: ${it.description}`)]
    : [];
  if (schema.uniqueItems) words.push("", "Each once.");
  const unit = schema.default === undefined ? [] : ["", `Where absent: \`${JSON.stringify(schema.default)}\`.`];
  const text = (schema.description ?? "")
    .replace(/```[\s\S]*?```/g, "")
    .replace(/\[`([^`]*)`\](\([^)]*\))?/g, (_, name) => `\`${name.split("::").pop()}\``)
    .trim();
  const lines = [...(text ? text.split("\n") : []), ...words, ...unit].map((line) => line.replaceAll("*/", "* /"));
  if (lines.length === 0) return "";
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

function type(schema, indent = "") {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return either.map((it) => type(it, indent)).join(" | ");
  if (schema.enum) return schema.enum.map((it) => JSON.stringify(it)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
      return "number";
    case "array": {
      const items = type(schema.items, indent);
      return items.includes(" ") ? `readonly (${items})[]` : `readonly ${items}[]`;
    }
    case "object":
      return schema.properties ? object(schema, indent) : map(schema, indent);
    default:
      throw new Error(`a schema of a form that is not known: ${JSON.stringify(schema)}`);
  }
}

/** A map from texts. */
function map(schema, indent) {
  if (!schema.additionalProperties) throw new Error(`an object of nothing: ${JSON.stringify(schema)}`);
  return `Readonly<Record<string, ${type(schema.additionalProperties, indent)}>>`;
}

function object(schema, indent) {
  const inner = `${indent}  `;
  const tagFirst = ([name]) => (name === "type" ? 0 : 1);
  const lines = Object.entries(schema.properties ?? {})
    .sort((a, b) => tagFirst(a) - tagFirst(b))
    .map(([name, property]) => {
      const value = type(property, inner);
      const entry = schema.required?.includes(name) ? `${name}: ${value}` : `${name}?: ${value} | undefined`;
      return `${comment(property, inner)}${inner}${entry};\n`;
    });
  return `{\n${lines.join("")}${indent}}`;
}

function declaration([name, schema]) {
  const isObject = schema.type === "object" && schema.properties;
  const head = isObject ? `export interface ${name} ${type(schema)}` : `export type ${name} = ${type(schema)};`;
  return comment(schema) + head;
}

const [requests, answers] = [read("requests"), read("answers")];
walk([requests, answers], absent);
const sorted = Object.entries(named(merged(requests, answers))).sort(([a], [b]) => (a < b ? -1 : 1));
const text = [
  "// Generated from tests/schema by scripts/wire.mjs: run `npm run generate` after the schema changed.",
  "// Names are those of the wire in every language. Times are RFC 3339 in UTC, names in _ms are milliseconds.",
  ...sorted.map(declaration),
].join("\n\n");

if (!process.argv.includes("--check")) {
  writeFileSync(target, `${text}\n`);
} else if (readFileSync(target, "utf8") !== `${text}\n`) {
  console.error("loom-node/src/wire.ts is stale: run `npm run generate` in loom-node");
  process.exitCode = 1;
}
