// The arrows between layers hold because lint fails on what breaks them. Each rule is broken once here, in a folder that
// has our configuration and nothing else of ours.
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const oxlint = path.join(root, "node_modules/oxlint/bin/oxlint");

interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly code: string;
}

const imports = "eslint(no-restricted-imports)";
const using = (specifier: string) => `import { value } from "${specifier}";\nexport const used = value;\n`;

/** One broken rule each, by the sentence that it breaks. */
const violations: Readonly<Record<string, Violation>> = {
  "contract imports nothing of ours": {
    rule: imports,
    file: "src/contract/a1.ts",
    code: using("../platform/errors.ts"),
  },
  "contract imports no library but zod/mini": { rule: imports, file: "src/contract/a2.ts", code: using("zod") },
  "a feature's contract does not know its server side": {
    rule: imports,
    file: "src/features/chats/contract.ts",
    code: using("./server/chats.ts"),
  },
  "a feature's contract does not know the platform": {
    rule: imports,
    file: "src/features/users/contract.ts",
    code: using("../../platform/errors.ts"),
  },
  "a feature's contract uses zod/mini and not zod": {
    rule: imports,
    file: "src/features/models/contract.ts",
    code: using("zod"),
  },
  "platform does not know inference": {
    rule: imports,
    file: "src/platform/a1.ts",
    code: using("../inference/model-call.ts"),
  },
  "platform does not know features": {
    rule: imports,
    file: "src/platform/jobs/a2.ts",
    code: using("../../features/chats/contract.ts"),
  },
  "platform outside the database has no SQL": { rule: imports, file: "src/platform/a3.ts", code: using("kysely") },
  "the database has no HTTP": { rule: imports, file: "src/platform/database/a1.ts", code: using("fastify") },
  "the HTTP platform has no SQL": { rule: imports, file: "src/platform/http/a1.ts", code: using("kysely") },
  "inference does not know features": {
    rule: imports,
    file: "src/inference/a1.ts",
    code: using("../features/chats/contract.ts"),
  },
  "inference does not know the server": {
    rule: imports,
    file: "src/inference/local/a2.ts",
    code: using("../../server/app.ts"),
  },
  "inference has no SQL": { rule: imports, file: "src/inference/a3.ts", code: using("kysely") },
  "a feature's server side does not know the server around it": {
    rule: imports,
    file: "src/features/chats/server/a1.ts",
    code: using("../../../server/app.ts"),
  },
  "a feature's server side does not know its browser side": {
    rule: imports,
    file: "src/features/chats/server/a2.ts",
    code: using("../web/chat-page.tsx"),
  },
  "a feature does not reach into another's store": {
    rule: imports,
    file: "src/features/chats/server/a3.ts",
    code: using("../../users/server/user-store.ts"),
  },
  "a feature does not reach into another's routes": {
    rule: imports,
    file: "src/features/chats/server/a4.ts",
    code: using("../../users/server/routes.ts"),
  },
  "a rules file has no SQL": { rule: imports, file: "src/features/chats/server/a5.ts", code: using("kysely") },
  "a rules file has no HTTP": { rule: imports, file: "src/features/chats/server/a6.ts", code: using("fastify") },
  "routes have no SQL": { rule: imports, file: "src/features/chats/server/routes.ts", code: using("kysely") },
  "a store has no HTTP": { rule: imports, file: "src/features/chats/server/a7-store.ts", code: using("fastify") },
  "a store calls no model": {
    rule: imports,
    file: "src/features/chats/server/a8-store.ts",
    code: using("../../../inference/model-call.ts"),
  },
  "the server does not know the command line": {
    rule: imports,
    file: "src/server/a1.ts",
    code: using("../cli/main.ts"),
  },
  "the server does not know browser sides": {
    rule: imports,
    file: "src/server/a2.ts",
    code: using("../features/chats/web/chat-page.tsx"),
  },
  "the server has no SQL": { rule: imports, file: "src/server/a3.ts", code: using("kysely") },
  "the command line does not know the browser": {
    rule: imports,
    file: "src/cli/a1.ts",
    code: using("../web/main.tsx"),
  },
  "the command line has no HTTP of its own": { rule: imports, file: "src/cli/a2.ts", code: using("fastify") },
  "ui does not know features": { rule: imports, file: "src/ui/a1.ts", code: using("../features/chats/contract.ts") },
  "ui does not know the platform": { rule: imports, file: "src/ui/a2.ts", code: using("../platform/errors.ts") },
  "ui has no Node": { rule: imports, file: "src/ui/a3.ts", code: using("node:fs") },
  "a feature's browser side does not know its server side": {
    rule: imports,
    file: "src/features/chats/web/a1.ts",
    code: using("../server/chats.ts"),
  },
  "a feature's browser side does not know another's server side": {
    rule: imports,
    file: "src/features/chats/web/a2.ts",
    code: using("../../users/server/users.ts"),
  },
  "a feature's browser side does not know the app around it": {
    rule: imports,
    file: "src/features/chats/web/a3.ts",
    code: using("../../../web/main.tsx"),
  },
  "a feature's browser side does not know inference": {
    rule: imports,
    file: "src/features/chats/web/a4.ts",
    code: using("../../../inference/model-call.ts"),
  },
  "the web app does not know the server": { rule: imports, file: "src/web/a1.ts", code: using("../server/app.ts") },
  "the web app does not know features' server sides": {
    rule: imports,
    file: "src/web/a2.ts",
    code: using("../features/chats/server/chats.ts"),
  },
  "imports make no cycle": {
    rule: "import(no-cycle)",
    file: "src/inference/b1.ts",
    code: `import { two } from "./b2.ts";\nexport const one = (): number => two();\n`,
  },
  "imports carry the extension": { rule: "import(extensions)", file: "src/inference/b3.ts", code: using("./clean") },
  "nothing is a default export": {
    rule: "import(no-default-export)",
    file: "src/inference/b4.ts",
    code: "export default 1;\n",
  },
  "the environment is read in platform/config alone": {
    rule: "node(no-process-env)",
    file: "src/server/b5.ts",
    code: "export const port = process.env.PORT;\n",
  },
  "console is the command line's": { rule: "eslint(no-console)", file: "src/server/b6.ts", code: "console.log(1);\n" },
  "files are named in kebab-case": {
    rule: "unicorn(filename-case)",
    file: "src/server/badName.ts",
    code: "export const one = 1;\n",
  },
  "a promise is not left alone": {
    rule: "typescript(no-floating-promises)",
    file: "src/server/b7.ts",
    code: "const later = async (): Promise<void> => {};\nexport const go = (): void => {\n  later();\n};\n",
  },
};

/** What the rules must let through. */
const allowed: Readonly<Record<string, string>> = {
  "src/inference/clean.ts": "export const value = 1;\n",
  "src/inference/b2.ts": `import { one } from "./b1.ts";\nexport const two = (): number => one();\n`,
  "src/features/api-keys/contract.ts": `import * as z from "zod/mini";\nimport { value } from "../users/contract.ts";\nexport const A = z.literal(value);\n`,
  "src/features/api-keys/server/rules.ts": using("../../users/server/users.ts"),
  "src/features/api-keys/server/rules2.ts": using("../../../inference/clean.ts"),
  "src/features/api-keys/server/key-store.ts": using("kysely"),
  "src/features/api-keys/server/routes.ts": using("fastify"),
  "src/features/api-keys/web/page.ts": using("../../../ui/button.tsx"),
  "src/features/api-keys/web/page2.ts": using("../../users/web/use-me.ts"),
  "src/features/api-keys/web/page3.ts": using("../contract.ts"),
  "src/platform/database/connection.ts": using("kysely"),
  "src/platform/http/serve.ts": using("fastify"),
  "src/platform/config/read.ts": "export const port = process.env.PORT;\n",
  "src/server/clean.ts": using("../features/chats/server/chats.ts"),
  "src/cli/clean.ts": `${using("../server/app.ts")}console.log(used);\n`,
  "src/web/clean.ts": using("../features/chats/web/chat-page.tsx"),
};

interface Finding {
  readonly code: string;
  readonly filename: string;
}

let folder: string;
let findings: readonly Finding[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "shobar-layers-"));
  for (const name of [
    ".oxlintrc.json",
    "tsconfig.json",
    "tsconfig.server.json",
    "tsconfig.web.json",
    "tsconfig.browser-tests.json",
    "package.json",
  ]) {
    await copyFile(path.join(root, name), path.join(folder, name));
  }
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
  const files = [
    ...Object.values(violations).map(({ file, code }) => [file, code] as const),
    ...Object.entries(allowed),
  ];
  for (const [file, code] of files) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), code);
  }
  findings = await lint(folder);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

function lint(cwd: string): Promise<readonly Finding[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Finding[]>();
  execFile(process.execPath, [oxlint, "--format=json"], { cwd, maxBuffer: 16 * 1024 * 1024 }, (_error, stdout) => {
    try {
      resolve((JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics);
    } catch (error) {
      reject(error);
    }
  });
  return promise;
}

const rulesBrokenIn = (file: string) => findings.filter(({ filename }) => filename === file).map(({ code }) => code);

describe("lint fails when", () => {
  for (const [sentence, { rule, file }] of Object.entries(violations)) {
    test(`this is broken: ${sentence}`, () => {
      expect(rulesBrokenIn(file)).toContain(rule);
    });
  }
});

test("lint says nothing about imports that follow the arrows", () => {
  expect(
    Object.keys(allowed)
      .filter((file) => file !== "src/inference/b2.ts")
      .flatMap((file) => rulesBrokenIn(file).map((rule) => `${file}: ${rule}`)),
  ).toEqual([]);
});
