/** Was a terminal closed, or the whole window? What runs in it ends in the first case, and goes on in the second. */

/** A closing window closes its terminals as well; then there is no time left for this. */
const delayMilliseconds = 1500;
const pending = new Set<NodeJS.Timeout>();

/** Stops what a closed terminal showed, unless the window turns out to close. */
export function stopSoon(stop: () => void): void {
  const timer = setTimeout(() => {
    pending.delete(timer);
    stop();
  }, delayMilliseconds);
  pending.add(timer);
}

/** The window is closing: what its terminals followed goes on without them. */
export function letJobsGoOn(): void {
  for (const timer of pending) clearTimeout(timer);
  pending.clear();
}
