/** Finds a name for a new folder of predictions, so that earlier ones stay. */
import { access } from 'node:fs/promises';

/** The folder itself where it does not exist yet, otherwise with the next free number. */
export async function freeFolder(folder: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? folder : `${folder}-${number}`;
    const taken = await access(candidate).then(
      () => true,
      () => false,
    );
    if (!taken) return candidate;
  }
}
