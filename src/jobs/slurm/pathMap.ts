/** How is a path of this machine called on the cluster? The same, unless a setting says that a folder is mounted elsewhere there. */
import type { PathPair } from './settings';

/** By which a script tells its job what was mapped. */
export const pathMapVariable = 'NNUNET_PATH_MAP';

/** The longest folder that fits counts; a path in none of them stays. */
export function pathThere(path: string, map: readonly PathPair[] = []): string {
  const fitting = map.filter(({ here }) => isWithin(path, folder(here)));
  const [best] = fitting.sort((a, b) => folder(b.here).length - folder(a.here).length);
  if (!best) return path;
  const rest = path.slice(folder(best.here).length);
  return `${folder(best.there)}${rest.replaceAll('\\', '/')}` || '/';
}

/** The same for every path that stands anywhere in plain data. */
export function pathsThere<T>(value: T, map: readonly PathPair[] = []): T {
  if (map.length === 0) return value;
  if (typeof value === 'string') return pathThere(value, map) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => pathsThere(one, map)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, pathsThere(one as unknown, map)])) as T;
}

/** What was written on the cluster, with the paths of this machine. */
export function pathsHere<T>(value: T, map: readonly PathPair[] = []): T {
  return pathsThere(
    value,
    map.map(({ here, there }) => ({ here: there, there: here })),
  );
}

function isWithin(path: string, here: string): boolean {
  return path === here || path.startsWith(`${here}/`) || path.startsWith(`${here}\\`);
}

/** Without the separators at its end: "/" is the empty one. */
function folder(path: string): string {
  return path.replace(/[\\/]+$/, '');
}
