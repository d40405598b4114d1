// How much memory a child process may take: what the machine has left, and what a container's limit leaves of it.
import { readFile } from "node:fs/promises";
import { freemem } from "node:os";
import type { MachineMemory } from "./memory-plan.ts";

/** Reads a small text file; null if it is not there. Tests pass their own. */
export type ReadText = (path: string) => Promise<string | null>;

interface GroupFiles {
  readonly limit: string;
  readonly used: string;
  readonly stat: string;
}

const root = "/sys/fs/cgroup";

/** Control groups version 1, which know no group of their own from inside a container. */
const oldGroup: GroupFiles = {
  limit: `${root}/memory/memory.limit_in_bytes`,
  used: `${root}/memory/memory.usage_in_bytes`,
  stat: `${root}/memory/memory.stat`,
};

/**
 * Free bytes right now. File pages that the kernel can drop count as free, on the machine (MemAvailable) and in the
 * container (inactive_file). Outside Linux: what the system says.
 */
export async function readMachineMemory(readText: ReadText = readTextFile): Promise<MachineMemory> {
  const machine = availableOf(await readText("/proc/meminfo")) ?? freemem();
  const groups = [oldGroup, ...groupsOf(await readText("/proc/self/cgroup"))];
  const limits = await Promise.all(groups.map(async (files) => leftInGroup(files, readText)));
  return { freeBytes: Math.max(0, Math.min(machine, ...limits)) };
}

/** Version 2: this process's group and every group around it may have a limit of its own (a service, a container). */
function groupsOf(membership: string | null): GroupFiles[] {
  const path = /^0::(\/.*)$/m.exec(membership ?? "")?.[1] ?? "/";
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  return Array.from({ length: names.length + 1 }, (_, depth) => {
    const folder = [root, ...names.slice(0, depth)].join("/");
    return { limit: `${folder}/memory.max`, used: `${folder}/memory.current`, stat: `${folder}/memory.stat` };
  });
}

async function leftInGroup(files: GroupFiles, readText: ReadText): Promise<number> {
  const [limit, used, stat] = await Promise.all([readText(files.limit), readText(files.used), readText(files.stat)]);
  const limitBytes = Number(limit?.trim());
  // "max" is no limit in version 2, a number near 2^63 in version 1.
  if (limit === null || !Number.isFinite(limitBytes) || limitBytes > 2 ** 60) return Number.POSITIVE_INFINITY;
  const droppable = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(stat ?? "")?.[1] ?? 0);
  return limitBytes - Number(used?.trim() ?? 0) + droppable;
}

function availableOf(meminfo: string | null): number | null {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? "")?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

async function readTextFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}
