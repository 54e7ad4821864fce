/** Is there a file or folder of this name? A link counts as what it leads to. */
import { access } from 'node:fs/promises';

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
