/** Followers are woken at most this often: quick tokens share a frame, whose wrapping costs 54 bytes. */
const announceIntervalMs = 60;

export interface Announcer {
  /** The first change is told at once, the following ones together. */
  soon(): void;
  now(): void;
}

export function createAnnouncer(publish: () => void): Announcer {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  function now(): void {
    clearTimeout(timer);
    timer = undefined;
    again = false;
    publish();
  }
  function soon(): void {
    if (timer) {
      again = true;
      return;
    }
    publish();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) {
        again = false;
        soon();
      }
    }, announceIntervalMs);
  }
  return { soon, now };
}
