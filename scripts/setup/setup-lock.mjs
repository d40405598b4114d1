// One set-up at a time in a clone. A folder is the lock, as making one is atomic everywhere; its owner touches it
// every two seconds, so that a lock whose owner was killed is recognised and taken over.
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const heartbeatMs = 2_000;
const abandonedAfterMs = 15_000;

/** Runs `work` while this process alone holds the lock; `onWait(processId)` is told once when another holds it. */
export async function withSetupLock(folder, onWait, work) {
  const lock = path.join(folder, "setup.lock");
  await mkdir(folder, { recursive: true });
  let told = false;
  while (!(await tryToTake(lock))) {
    const owner = await readOwner(lock);
    if (await isAbandoned(lock, owner)) {
      await breakLock(lock, owner);
      continue;
    }
    if (!told) onWait(owner);
    told = true;
    await wait(200);
  }
  const heartbeat = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => {}), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(lock, { recursive: true, force: true });
  }
}

async function tryToTake(lock) {
  try {
    await mkdir(lock);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  await writeFile(path.join(lock, "owner"), String(process.pid));
  return true;
}

async function readOwner(lock) {
  return Number(await readFile(path.join(lock, "owner"), "utf8").catch(() => "0"));
}

async function isAbandoned(lock, owner) {
  const state = await stat(lock).catch(() => null);
  if (!state) return false;
  if (Date.now() - state.mtimeMs > abandonedAfterMs) return true;
  return owner !== 0 && !isAlive(owner);
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Two may find the same dead lock: what was moved away is looked at again, and a fresh lock is put back. */
async function breakLock(lock, deadOwner) {
  const aside = `${lock}.${process.pid}.${Date.now()}`;
  try {
    await rename(lock, aside);
  } catch {
    return;
  }
  if ((await readOwner(aside)) === deadOwner) await rm(aside, { recursive: true, force: true });
  else await rename(aside, lock).catch(() => {});
}
