// Root works in somebody else's folder (`sudo shobar restore`): what it wrote there must not stay its own, or the
// service could not open its database any more.
import { closeSync, constants, lchownSync, lstatSync, openSync, readdirSync, type Stats, statSync } from "node:fs";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** Everything of root's in the folder goes to whom the folder belongs to; nothing happens for another user than root. */
export function giveToOwner(folder: string): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return;
  }
  try {
    const owner = statSync(folder);
    if (owner.uid !== 0) {
      giveInside(folder, O_RDONLY | O_DIRECTORY, owner);
    }
  } catch {
    // A folder that is gone, or a disk that knows no owners.
  }
}

/** By open folders, not by paths: the owner may put a link in the place of a folder meanwhile, to have root's own files. */
function giveInside(path: string, flags: number, owner: Pick<Stats, "uid" | "gid">): void {
  const descriptor = openSync(path, flags);
  try {
    const inside = `/proc/self/fd/${descriptor}`;
    for (const name of readdirSync(inside)) {
      giveEntry(`${inside}/${name}`, owner);
    }
  } finally {
    closeSync(descriptor);
  }
}

function giveEntry(entry: string, owner: Pick<Stats, "uid" | "gid">): void {
  try {
    const found = lstatSync(entry);
    const isFolder = found.isDirectory();
    if (isFolder) {
      giveInside(entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, owner);
    }
    // A second name may be one outside.
    if (found.uid === 0 && (isFolder || found.nlink === 1)) {
      lchownSync(entry, owner.uid, owner.gid);
    }
  } catch {
    // What went away meanwhile.
  }
}
