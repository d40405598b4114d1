import { expect, test } from "vitest";
import type { ChromiumMachine } from "./find-chromium.ts";
import { findProxies } from "./find-proxies.ts";

function aMachine(files: readonly string[], difference: Partial<ChromiumMachine> = {}) {
  const present = new Set(files);
  const commands: string[] = [];
  const machine: ChromiumMachine = {
    platform: "linux",
    environment: {},
    isRoot: true,
    exists: (file) => present.has(file),
    run: async (command, words) => {
      commands.push([command, ...words].join(" "));
      if (words.includes("nginx-light")) present.add("/usr/sbin/nginx");
      if (words.includes("caddy")) present.add("/usr/bin/caddy");
      return "";
    },
    say: () => {},
    ...difference,
  };
  return { machine, commands };
}

test("installed proxies are used as they are", async () => {
  const { machine, commands } = aMachine(["/usr/sbin/nginx", "/opt/homebrew/bin/caddy", "/usr/bin/apt-get"]);
  expect(await findProxies(machine)).toEqual({ nginx: "/usr/sbin/nginx", caddy: "/opt/homebrew/bin/caddy" });
  expect(commands).toEqual([]);
});

test("a missing one is installed as root on Debian, and no other", async () => {
  const { machine, commands } = aMachine(["/usr/sbin/nginx", "/usr/bin/apt-get"]);
  expect(await findProxies(machine)).toEqual({ nginx: "/usr/sbin/nginx", caddy: "/usr/bin/caddy" });
  expect(commands.at(-1)).toBe("apt-get install -y -q --no-install-recommends caddy");
});

test.each<[string, Partial<ChromiumMachine>]>([
  ["SHOBAR_NO_INSTALL is set", { environment: { SHOBAR_NO_INSTALL: "1" } }],
  ["nobody is root", { isRoot: false }],
])("missing ones are asked for when %s", async (_when, difference) => {
  const { machine, commands } = aMachine(["/usr/bin/apt-get"], difference);
  await expect(findProxies(machine)).rejects.toThrow("apt-get install nginx-light caddy");
  expect(commands).toEqual([]);
});
