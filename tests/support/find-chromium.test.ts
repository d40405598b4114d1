import { describe, expect, test } from "vitest";
import { type ChromiumMachine, findChromium } from "./find-chromium.ts";

/** A Debian machine with these files; `apt-get install` adds the browser. */
function aMachine({ files = [], ...rest }: Partial<ChromiumMachine> & { files?: string[] } = {}) {
  const present = new Set(files);
  const commands: string[] = [];
  const said: string[] = [];
  const machine: ChromiumMachine = {
    platform: "linux",
    environment: {},
    isRoot: true,
    exists: (file) => present.has(file),
    run: (command, commandArguments) => {
      commands.push([command, ...commandArguments].join(" "));
      if (commandArguments[0] === "install") present.add("/usr/bin/chromium");
      return Promise.resolve(
        command === "apt-cache" ? "Package: chromium\nInstalled-Size: 290242\nSize: 81157036\n" : "",
      );
    },
    say: (line) => said.push(line),
    ...rest,
  };
  return { machine, commands, said };
}

const apt = "/usr/bin/apt-get";

describe("the browser of the tests", () => {
  test("is the one that SHOBAR_CHROMIUM names", async () => {
    const { machine } = aMachine({
      files: ["/my/chrome", "/usr/bin/chromium"],
      environment: { SHOBAR_CHROMIUM: "/my/chrome" },
    });
    expect(await findChromium(machine)).toBe("/my/chrome");
  });

  test("is not another when SHOBAR_CHROMIUM names a file that is not there", async () => {
    const { machine } = aMachine({ files: ["/usr/bin/chromium"], environment: { SHOBAR_CHROMIUM: "/my/chrome" } });
    await expect(findChromium(machine)).rejects.toThrow("SHOBAR_CHROMIUM names /my/chrome, and there is no such file.");
  });

  test("is an installed one before any is installed", async () => {
    const { machine, commands } = aMachine({ files: ["/usr/bin/google-chrome-stable", apt] });
    expect(await findChromium(machine)).toBe("/usr/bin/google-chrome-stable");
    expect(commands).toEqual([]);
  });

  test("is installed as root on Debian, after naming the package and its size", async () => {
    const { machine, commands, said } = aMachine({ files: [apt] });
    expect(await findChromium(machine)).toBe("/usr/bin/chromium");
    expect(said).toEqual([
      "No Chromium here; installing Debian's package chromium (77 MB to download, 283 MB on disk, and what it depends on) with apt-get.",
    ]);
    expect(commands.map((command) => command.split(" ", 2).join(" "))).toEqual([
      "apt-get update",
      "apt-cache show",
      "apt-get install",
    ]);
  });

  test.each<[string, Partial<ChromiumMachine>, string]>([
    ["SHOBAR_NO_INSTALL is set", { environment: { SHOBAR_NO_INSTALL: "1" } }, "apt-get install chromium"],
    ["nobody is root", { isRoot: false }, "apt-get install chromium"],
    ["it is a Mac", { platform: "darwin", isRoot: false }, "Install Google Chrome or Chromium"],
  ])("is asked for and not installed when %s", async (_case, difference, advice) => {
    const { machine, commands } = aMachine({ files: [apt], ...difference });
    await expect(findChromium(machine)).rejects.toThrow(advice);
    expect(commands).toEqual([]);
  });
});
