// What leaves this process leaves through src/platform/egress. Whoever listens, or speaks to this machine's own server,
// is named here with the reason.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const serverSide = globSync(["src/**/*.ts"], { cwd: root }).filter(
  (file) => !/\.test(-\w+)?\.ts$|fake-worker\.ts$|^src\/(ui|web)\/|\/web\/|\/web\.ts$/.test(file),
);

const exceptions: Readonly<Record<string, string>> = {
  "src/platform/egress/egress.ts": "the way out itself",
  "src/platform/egress/resolve-target.ts": "looks names up for it",
  "src/platform/egress/outgoing-proxy.ts": "asks a named proxy for a way out, for it",
  "src/cli/control.ts": "the control socket of this machine's own server",
};

/** Names that only listen or look at an address. */
const harmless = new Set([
  "isIP",
  "isIPv4",
  "isIPv6",
  "BlockList",
  "SocketAddress",
  "createServer",
  "Server",
  "createSecureContext",
  "STATUS_CODES",
  "METHODS",
]);

const networkModules = "(?:node:)?(?:http|https|http2|net|tls|dns|dns/promises|dgram|undici|ws)";
const staticImport = new RegExp(`^import\\s+(?!type\\b)([^;]*?)\\s+from\\s+"${networkModules}"`, "gm");
const otherWays = new RegExp(
  `\\b(?:import|require|getBuiltinModule)\\(\\s*["'\`]${networkModules}["'\`]|(?<![.\\w])fetch\\(|globalThis\\.fetch|new (?:WebSocket|EventSource)\\b`,
);

/** What of this source could open a connection. */
function waysOut(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const imported = [...code.matchAll(staticImport)].flatMap(([, what = ""]) => {
    const named = /^\{([\s\S]*)\}$/.exec(what.trim());
    if (!named) return [what];
    return named[1]!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type ") && !harmless.has(name.split(/\s+as\s+/)[0]!));
  });
  const other = otherWays.exec(code);
  return other ? [...imported, other[0]] : imported;
}

describe("Connections that leave", () => {
  test("leave through the egress guard alone", () => {
    expect(serverSide.length).toBeGreaterThan(100);
    const found = serverSide.filter((file) => waysOut(readFileSync(join(root, file), "utf8")).length > 0);
    expect(found.filter((file) => exceptions[file] === undefined)).toEqual([]);
  });

  test("have no exception left over", () => {
    const needless = Object.keys(exceptions).filter(
      (file) => waysOut(readFileSync(join(root, file), "utf8")).length === 0,
    );
    expect(needless).toEqual([]);
  });

  test.each([
    'import { request } from "node:https";',
    'import http from "http";',
    'import * as net from "node:net";',
    'import { isIP, connect } from "node:net";',
    'import { createServer as make, get as fetchIt } from "node:http";',
    'import { lookup } from "node:dns/promises";',
    'const { connect } = await import("node:tls");',
    'const tls = process.getBuiltinModule("node:tls");',
    "const answer = await fetch(url);",
    "const socket = new WebSocket(url);",
  ])("would be found: %s", (source) => {
    expect(waysOut(source)).not.toEqual([]);
  });

  test("are not suspected where somebody only listens or looks", () => {
    const source = `import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { isIP } from "node:net";
// await fetch(url)
const rows = await store.fetch(id);`;
    expect(waysOut(source)).toEqual([]);
  });
});
