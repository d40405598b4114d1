// Reads what strace wrote about a server and finds out, for each acknowledged write, whether the database's log was
// synced between the write's bytes and the acknowledgement. A write is known by its mark: a text that is in it alone.

/** Calls on files and connections; strace's own options are in trace-server.ts. */
interface TracedCall {
  readonly name: string;
  readonly text: string;
  /** Lines of the trace: another thread's calls may come between. */
  readonly begun: number;
  ended: number;
}

export interface SyncReport {
  /** Marks in a successful answer, in the order of the answers. */
  readonly acknowledged: readonly string[];
  /** Of those: acknowledged without a sync after the write of their bytes, or without any such write. */
  readonly unsynced: readonly string[];
  readonly syncs: number;
}

export function readSyncTrace(trace: string, mark: RegExp): SyncReport {
  const calls = readCalls(trace);
  const syncs = calls.filter(({ name, text }) => /^f(data)?sync$/.test(name) && text.includes("-wal>"));
  const written = new Map<string, TracedCall>();
  const unsynced: string[] = [];
  const acknowledged = new Set<string>();
  for (const call of calls) {
    if (call.name.startsWith("pwrite") && call.text.includes("-wal>")) {
      marksOf(call.text, mark).forEach((each) => void (written.has(each) || written.set(each, call)));
    } else if (/"HTTP\/1\.1 2\d\d /.test(call.text)) {
      for (const each of marksOf(call.text, mark).filter((name) => !acknowledged.has(name))) {
        acknowledged.add(each);
        const write = written.get(each);
        if (!write || !syncs.some(({ begun, ended }) => begun > write.ended && ended < call.begun)) {
          unsynced.push(each);
        }
      }
    }
  }
  return { acknowledged: [...acknowledged], unsynced, syncs: syncs.length };
}

const marksOf = (text: string, mark: RegExp): string[] => [...new Set(text.match(mark) ?? [])];

/** In the order of their beginnings. A call that another thread's interrupts stands on two lines. */
function readCalls(trace: string): TracedCall[] {
  const calls: TracedCall[] = [];
  const unfinished = new Map<string, TracedCall>();
  trace.split("\n").forEach((line, index) => {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.startsWith("<... ")) {
      const call = unfinished.get(thread);
      unfinished.delete(thread);
      if (call) {
        call.ended = index;
      }
      return;
    }
    const name = /^(\w+)\(/.exec(rest)?.[1];
    if (name === undefined) {
      return;
    }
    const isUnfinished = rest.endsWith("<unfinished ...>");
    const call = { name, text: rest, begun: index, ended: isUnfinished ? Infinity : index };
    calls.push(call);
    if (isUnfinished) {
      unfinished.set(thread, call);
    }
  });
  return calls;
}
