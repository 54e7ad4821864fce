/** When does the person first see that a command has begun? Whatever is shown says so here; until then a command shows progress. */

const waiting = new Set<() => void>();

/** Something is on the screen: a question, a message, progress. */
export function giveSignOfLife(): void {
  for (const seen of waiting) seen();
  waiting.clear();
}

/** @returns a promise of the next sign of life */
export function signOfLife(): Promise<void> {
  return new Promise((resolve) => waiting.add(resolve));
}
