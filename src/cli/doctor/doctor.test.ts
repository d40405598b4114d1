import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCertificate } from "../../../tests/support/make-certificate.ts";
import { createEgress } from "../../platform/egress/egress.ts";
import { type BackupsLook, checkBackups } from "./check-backups.ts";
import { checkClockByFiles, checkDataFolder, checkDisk } from "./check-data.ts";
import { checkMemory, checkOpenFiles, checkProcessor, checkVersions, readProcessor } from "./check-machine.ts";
import { checkCertificateFiles, checkPlainHttp, checkPort } from "./check-network.ts";
import { checkStream } from "./check-stream.ts";
import type { Finding } from "./finding.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const brief = ({ state, found }: Finding): string => `${state}: ${found}`;

test("what is not well always says what to do", () => {
  const findings = [
    checkVersions({ shobar: "0.1.0", node: "22.1.0", sqlite: "3.50.0" }),
    checkProcessor({ cores: 1, architecture: "x64", features: ["avx"] }),
    checkMemory(1_000, null),
  ];
  for (const { state, advice } of findings) {
    expect(state).not.toBe("ok");
    expect(advice).toMatch(/\.$/);
  }
});

describe("The machine", () => {
  test.each([
    ["24.21.0", "3.51.3", "ok"],
    ["24.21.0", "3.100.0", "ok"],
    ["22.0.0", "3.51.3", "fail"],
    ["24.21.0", "3.51.2", "fail"],
  ])("with Node.js %s and SQLite %s is %s", (node, sqlite, state) => {
    expect(checkVersions({ shobar: "0.1.0", node, sqlite }).state).toBe(state);
  });

  test("without AVX2 is warned of, and an ARM is not", () => {
    expect(checkProcessor({ cores: 4, architecture: "x64", features: ["avx", "fma"] }).found).toContain("no AVX2");
    expect(checkProcessor({ cores: 4, architecture: "arm64", features: null })).toMatchObject({ state: "ok" });
    expect(checkProcessor(readProcessor()).found).toMatch(/^\d+ cores?, /);
  });

  test("says whether the default model fits, with both numbers", () => {
    const model = { name: "Qwen", neededBytes: 8_000_000_000, fits: false, isLoaded: false };
    expect(brief(checkMemory(4_000_000_000, model))).toBe("fail: 4.0 GB free; Qwen needs 8.0 GB");
    expect(checkMemory(4_000_000_000, { ...model, fits: true }).state).toBe("ok");
    expect(brief(checkMemory(4_000_000_000, { ...model, isLoaded: true }))).toBe("ok: 4.0 GB free; Qwen is loaded");
  });

  test.each([
    ["Max open files            1024                 4096                 files\n", "warn: 1024 at most"],
    ["Max open files            65536                65536                files\n", "ok: 65536 at most"],
    ["Max open files            unlimited            unlimited            files\n", "ok: unlimited at most"],
  ])("that allows %j gives %s", (limits, expected) => {
    expect(brief(checkOpenFiles(limits)!)).toBe(expected);
  });

  test("that does not tell its limit is not judged", () => {
    expect(checkOpenFiles(null)).toBeNull();
  });
});

describe("The data folder", () => {
  test("that others can enter fails with the files that they can read", () => {
    chmodSync(folder, 0o755);
    expect(checkDataFolder(folder).state).toBe("ok");
    writeFileSync(join(folder, "shobar.db"), "", { mode: 0o644 });
    expect(brief(checkDataFolder(folder))).toBe("fail: other users of this machine can read shobar.db");
    chmodSync(folder, 0o700);
    expect(checkDataFolder(folder).state).toBe("ok");
  });

  test("that is not there yet is fine, and its disk is looked at where it will be", async () => {
    const later = join(folder, "a", "b");
    expect(brief(checkDataFolder(later))).toContain("will be made at the first start");
    const looked: string[] = [];
    const freeBytesOf = (place: string) => (looked.push(place), 5_000_000_000);
    await checkDisk(later, { freeBytesOf, fsyncMsOf: async (place) => (looked.push(place), 1) });
    expect(looked).toEqual([folder, folder]);
  });

  test.each([
    [5_000_000_000, 1.23, ["ok: 5.0 GB free", "ok: a write is safe on the disk after 1.2 ms"]],
    [500_000_000, 67, ["warn: 500 MB free", "warn: a write is safe on the disk after 67 ms"]],
    [1_000_000, 5, ["fail: 1.0 MB free", "ok: a write is safe on the disk after 5.0 ms"]],
  ])("on a disk with %d bytes free and %d ms gives %j", async (free, ms, expected) => {
    const findings = await checkDisk(folder, { freeBytesOf: () => free, fsyncMsOf: async () => ms });
    expect(findings.map(brief)).toEqual(expected);
  });

  test("on a disk that takes nothing fails with the reason", async () => {
    const full = Object.assign(new Error("full"), { code: "ENOSPC" });
    const disk = { freeBytesOf: () => 0, fsyncMsOf: () => Promise.reject(full) };
    expect((await checkDisk(folder, disk)).map(brief)).toContain("fail: nothing can be written: the disk is full");
  });

  test("with files from the future tells that the clock went back", () => {
    const file = join(folder, "shobar.db");
    expect(checkClockByFiles(folder, Date.now())).toBeNull();
    writeFileSync(file, "");
    expect(checkClockByFiles(folder, Date.now())).toBeNull();
    const future = Date.now() / 1000 + 3600;
    utimesSync(file, future, future);
    expect(brief(checkClockByFiles(folder, Date.now())!)).toBe(
      "fail: the database was last written 60 minutes in the future",
    );
  });
});

describe("The network", () => {
  test("a port that another program has fails, a free one does not", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(brief(await checkPort("127.0.0.1", port))).toBe(`fail: ${port} on 127.0.0.1 is used by another program`);
    other.close();
    await once(other, "close");
    expect((await checkPort("127.0.0.1", port)).state).toBe("ok");
    expect(brief(await checkPort("192.0.2.99", 0))).toBe("fail: 192.0.2.99 is no address of this machine");
  });

  test("a certificate's files are judged by their names and their end", () => {
    const files = { tlsCert: join(folder, "cert.pem"), tlsKey: join(folder, "key.pem") };
    const note = { host: "0.0.0.0", publicUrl: "https://chat.example.org", trustedProxy: [], ...files };
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000 + 60_000);
    const judge = (names: string[], validTo: Date): string | undefined => {
      const { cert, key } = makeCertificate({ names, validTo, validFrom: inDays(-100) });
      writeFileSync(files.tlsCert, cert);
      writeFileSync(files.tlsKey, key, { mode: 0o600 });
      return checkCertificateFiles(note, Date.now()).map(brief)[0];
    };
    expect(judge(["chat.example.org"], inDays(60))).toBe("ok: for chat.example.org, valid for 60 more days");
    expect(judge(["chat.example.org"], inDays(3))).toBe("warn: for chat.example.org, valid for 3 more days");
    expect(judge(["a.example"], inDays(60))).toMatch(/^fail: .*and not for https:\/\/chat\.example\.org$/);
    expect(judge(["chat.example.org"], inDays(-1))).toMatch(/^fail: .*it expired on /);
    expect(checkCertificateFiles({ host: "0.0.0.0", trustedProxy: [] }, Date.now())).toEqual([]);
  });

  test("plain HTTP beyond this machine is warned of", () => {
    expect(checkPlainHttp({ host: "0.0.0.0", trustedProxy: [] }).map(({ state }) => state)).toEqual(["warn"]);
    expect(checkPlainHttp({ host: "127.0.0.1", trustedProxy: [] })).toEqual([]);
  });
});

describe("A stream at an address that is not the server's", () => {
  const egress = createEgress({ logger: pino({ level: "silent" }) });

  async function checkAgainst(status: number, date?: string): Promise<string[]> {
    const other = createHttpServer((_request, response) => {
      response.writeHead(status, { "content-type": "text/html", ...(date ? { date } : {}) }).end("<html>");
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const findings = await checkStream(egress, "Public URL", `http://127.0.0.1:${port}`, Date.now);
    other.close();
    return findings.map(({ name, state, found }) => `${name} ${state}: ${found.replace(/http:\S+/, "URL")}`);
  }

  test.each([
    [502, "Public URL fail: URL answers 502: the proxy does not reach the server"],
    [403, "Public URL fail: URL is refused as a foreign name"],
    [404, "Public URL fail: URL answers 404 and is not this server"],
    [200, "Public URL fail: URL answers 200 and is not this server"],
    [429, "Public URL warn: too many stream checks at once"],
  ])("answering %i is told apart", async (status, expected) => {
    expect((await checkAgainst(status))[0]).toBe(expected);
  });

  test("with another time in its answer tells that one clock is wrong, by how much, and which way", async () => {
    const at = (offSeconds: number) => new Date(Date.now() + offSeconds * 1000).toUTCString();
    expect((await checkAgainst(404, at(0)))[1]).toBe("Clock ok: agrees with the address's");
    expect((await checkAgainst(404, at(3600)))[1]).toMatch(
      /^Clock fail: this machine's clock is 3(599|600|601) s behind/,
    );
    expect((await checkAgainst(404, at(-30)))[1]).toMatch(/^Clock warn: this machine's clock is 3\d s ahead of/);
  });

  test("that does not answer says why", async () => {
    const [finding] = await checkStream(egress, "Public URL", "http://127.0.0.1:1", Date.now);
    expect(finding).toMatchObject({ state: "fail", found: expect.stringContaining("nothing listens there") });
  });
});

describe("The backups", () => {
  const now = Date.now();
  const hours = (count: number) => ({ at: now - count * 3_600_000 });
  const well: BackupsLook = {
    schedule: { every: "day" },
    isSameDisk: false,
    lastBackup: hours(5),
    lastDrill: hours(5),
    problem: null,
  };

  test.each<[string, Partial<BackupsLook>, string]>([
    ["young and proven", {}, "ok: last one 5 hours ago, last proven by a restore 5 hours ago"],
    [
      "on the data's own disk",
      { isSameDisk: true },
      "warn: last one 5 hours ago, last proven by a restore 5 hours ago; on the same disk as the data",
    ],
    ["old", { lastBackup: hours(80) }, "warn: last one 3 days ago, last proven by a restore 5 hours ago"],
    ["never proven", { lastDrill: null }, "warn: last one 5 hours ago, last proven by a restore never"],
    ["not there yet", { lastBackup: null }, "warn: none yet; the schedule is on"],
    ["switched off", { lastBackup: null, schedule: { every: "off" } }, "warn: none are made"],
    ["failing", { problem: { message: "The disk is full." } }, "fail: The disk is full."],
  ])("that are %s", (_how, difference, expected) => {
    expect(brief(checkBackups({ ...well, ...difference }, now))).toBe(expected);
  });
});
