// For a process that works beside a server which people wait for: where both want the processor, and the disk where the
// system knows priorities for it, this one gets a tenth. Not the lowest priority: beside others' work it would never end.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** All threads of this process and those that they start. Where the system refuses, the work goes on as it was. */
export function giveWay(): void {
  for (const thread of runningThreads()) {
    try {
      setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // It has ended meanwhile, or this system does not allow it.
    }
  }
  lowerSession();
}

/** On Linux a priority belongs to a thread, elsewhere to the process (0: this one). */
function runningThreads(): number[] {
  try {
    return readdirSync("/proc/self/task").map(Number);
  } catch {
    return [0];
  }
}

/**
 * Linux shares the processor among sessions first (sched(7), "The autogroup feature"), so a priority means nothing to
 * who was started elsewhere. Only in a session of our own: in another's it would slow down strangers.
 */
function lowerSession(): void {
  try {
    const session = Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ")[3]);
    if (session === process.pid) {
      writeFileSync("/proc/self/autogroup", String(constants.priority.PRIORITY_BELOW_NORMAL));
    }
  } catch {
    // Not Linux, or one without this feature.
  }
}
