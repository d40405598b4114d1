// Memory of a process and all that it started, as Linux accounts it: PSS, where a shared page counts once.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessMemory {
  readonly pid: number;
  readonly command: string;
  readonly pssBytes: number;
}

export function memoryOfTree(root: number): readonly ProcessMemory[] {
  const parents = new Map(runningProcesses().map((pid) => [pid, parentOf(pid)]));
  const isOfTree = (pid: number): boolean =>
    pid === root || (pid > 1 && parents.has(pid) && isOfTree(parents.get(pid)!));
  return [...parents.keys()].filter(isOfTree).map((pid) => ({ pid, command: commandOf(pid), pssBytes: pssOf(pid) }));
}

export function totalBytes(processes: readonly ProcessMemory[]): number {
  return processes.reduce((sum, { pssBytes }) => sum + pssBytes, 0);
}

function runningProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(read(pid, "status"))?.[1] ?? 0);
}

function pssOf(pid: number): number {
  return Number(/^Pss:\s*(\d+) kB/m.exec(read(pid, "smaps_rollup"))?.[1] ?? 0) * 1024;
}

function commandOf(pid: number): string {
  return read(pid, "cmdline").replaceAll("\0", " ").trim();
}

/** A process may end between being listed and being read. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
