/** Finds a name for a new folder of predictions, so that earlier ones stay. */
import { exists } from './exists';

/** The folder itself where it does not exist yet, otherwise with the next free number. */
export async function freeFolder(folder: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? folder : `${folder}-${number}`;
    if (!(await exists(candidate))) return candidate;
  }
}
