/** What becomes of a failure of work that nobody waits for? It is logged, and told where a person asked for the work. */

type Listener = (what: string, error: unknown, isAskedFor: boolean) => void;

/** Until the extension has a log, a failure stays one that Node reports. */
const unheard: Listener = (_what, error) => queueMicrotask(() => raise(error));

let listener = unheard;

/** @returns what ends the listening */
export function listenToBackground(listen: Listener): { dispose(): void } {
  listener = listen;
  return {
    dispose: () => {
      listener = unheard;
    },
  };
}

/**
 * Lets `work` go on without waiting for it.
 * @param what  what was tried, as it stands before the error: "Opening the mask"
 */
export function inBackground(
  work: PromiseLike<unknown>,
  what: string,
  { isAskedFor = false }: { isAskedFor?: boolean } = {},
): void {
  work.then(undefined, (error: unknown) => listener(what, error, isAskedFor));
}

function raise(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}
