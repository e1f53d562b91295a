// Two loops on one repository: a claim, a refusal with its witness, a hand-over, a brief.
//
//   npm install loomstack && node story.mjs
//
// A journal in memory serves one process. Given a path, any number of processes share the journal there.

import { Loom } from "loomstack";

const [path] = process.argv.slice(2);
const loom = Loom.open(path === undefined ? "memory:" : `sqlite:${path}`);
const ada = { kind: "human", id: "ada" };
loom.createJournal(ada, { workspace: "acme" });
loom.registerRepo(ada, { id: "shop", default_branch: "main" });

// Runs renew themselves while they last. Where JavaScript knows `using`, they also end with their scope.
const fixer = loom.run({ actor: { kind: "loop", id: "fixer" }, run: "fix-auth" });
const tidier = loom.run({ actor: { kind: "loop", id: "tidier" }, run: "tidy-tests" });
const place = { repo: "shop", mode: "write", ttl: "1m" };

const login = fixer.claim("src/auth/{login,logout}*", { ...place, intent: "fix the login" });
console.log(`fixer asks for src/auth: ${told(login)}`);

// A refusal is a value. It says who is in the way, what for, and with which path.
const refused = tidier.claim("src/**/*_test.rs", { ...place, intent: "tidy up" });
console.log(`tidier asks for the tests: ${told(refused)}`);

if (login.type === "granted") {
  const { claim } = login.handOver("tidy-tests").reply;
  console.log(`fixer is done: ${claim.type}`);
}

const tests = tidier.claim("src/**/*_test.rs", { ...place, intent: "tidy up" });
console.log(`tidier asks again: ${told(tests)}`);

// What an agent is told before it starts: text for its prompt, in a budget of characters.
const { rendered } = fixer.brief({ specs: [{ repo: "shop", paths: ["src/**"] }] }).reply;
process.stdout.write(`\n${rendered.text}`);

fixer.finish("done");
tidier.finish("done");
loom.close();

function told(claim) {
  const met = claim.type === "refused" ? claim.reply.meetings.list[0]?.met : undefined;
  return met?.type === "path" ? `refused, both may touch ${met.witness ?? "some path"}` : claim.type;
}
