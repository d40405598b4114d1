// Ends a running step at once, for shutdown only: llama.cpp asks a native function whether to stop, so that no
// JavaScript runs on its threads. strlen of a flag buffer serves: "" is 0 (go on), one character is 1 (stop).
import koffi from "koffi";
import { viewMemory } from "./llama-api.ts";
import type { Pointer } from "./llama-structs.ts";

export interface AbortFlag {
  /** Null where the C library cannot be reached: steps then end by themselves. */
  readonly callback: Pointer;
  readonly data: Pointer;
  raise(): void;
}

export function createAbortFlag(): AbortFlag {
  const data = koffi.alloc("char", 8) as bigint;
  const bytes = new Uint8Array(viewMemory(data, 8)).fill(0);
  return {
    callback: findStrlen(),
    data,
    raise: () => {
      bytes[0] = 1;
    },
  };
}

function findStrlen(): Pointer {
  try {
    const library = process.platform === "win32" ? koffi.load("ucrtbase.dll") : koffi.load(null);
    return library.symbol("strlen", "void *") as bigint;
  } catch {
    return null;
  }
}
