import type { ChildProcess } from "node:child_process";

const endings = new Set<() => void>();
process.once("exit", () => endings.forEach((end) => end()));
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

/**
 * A bench that is interrupted leaves no server behind that would slow down the next one. `whole`: the child leads a group of
 * processes, and all of them end.
 */
export function endWithUs(child: ChildProcess, { whole = false }: { readonly whole?: boolean } = {}): void {
  const end = (): void => {
    if (whole && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  };
  endings.add(end);
  child.once("exit", () => endings.delete(end));
}
