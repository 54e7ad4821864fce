/** How does exactly one of several processes make a file, or remove one that it has judged? By hard links, on shared disks too. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { temporaryPath } from './temporaryFiles';

/** Some network and FAT disks have no hard links. */
const withoutLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * It appears with its content: nobody ever reads half of it.
 * @param isLasting  false: a power loss may leave it empty, which whoever reads it has to know
 * @returns its descriptor; undefined where there is one already
 */
export function createExclusively(file: string, content: string, isLasting = true): number | undefined {
  // Whoever is late need not write anything to learn it.
  if (fs.existsSync(file)) return undefined;
  const temporary = temporaryPath(file);
  try {
    return writeNew(temporary, content, isLasting, () => fs.linkSync(temporary, file));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return undefined;
    if (!withoutLinks.includes(code)) throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  try {
    return writeNew(file, content, isLasting, () => undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

function writeNew(file: string, content: string, isLasting: boolean, then: () => void): number {
  const descriptor = fs.openSync(file, 'wx');
  try {
    fs.writeSync(descriptor, content);
    if (isLasting) fs.fsyncSync(descriptor);
    then();
    return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/** What stands in the marker of `removeExactly`, and whether one that is there was left by a process that died in the middle. */
export interface Marker {
  own: string;
  isLeft: (content: string) => boolean;
}

/**
 * Removes `file` if it is still what was judged, though others may judge and remove at the same time. Whoever makes the marker that
 * belongs to what was judged has the right to: it can be nobody else's doing that this very file goes, and the marker means nothing
 * to what comes in its place.
 * @param name  tells what was judged from all that was or will be there
 * @param isStill  looks at what is there now
 */
export function removeExactly(
  file: string,
  name: string,
  isStill: (content: string) => boolean,
  marker: Marker,
): boolean {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const place = join(dirname(file), `.${basename(file).slice(0, 40)}-${hash}`);
  const descriptor = createExclusively(place, marker.own) ?? afterLeft(place, marker);
  if (descriptor === undefined) return false;
  fs.closeSync(descriptor);
  try {
    const content = readIfThere(file);
    if (content === undefined || !isStill(content)) return false;
    fs.rmSync(file, { force: true });
    return true;
  } finally {
    fs.rmSync(place, { force: true });
  }
}

/** The same for the marker: each round of this needs another process that died in the middle. */
function afterLeft(place: string, marker: Marker): number | undefined {
  const left = readIfThere(place);
  if (left === undefined || !marker.isLeft(left)) return undefined;
  if (!removeExactly(place, left, (content) => content === left, marker)) return undefined;
  return createExclusively(place, marker.own);
}

export function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
