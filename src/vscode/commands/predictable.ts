/** Which images a folder to predict holds. */
import { join } from 'node:path';
import { fileNamesIn } from '../../dataset/rawDataset';
import { imageEndings, splitEnding } from '../../images/endings';

export async function listPredictable(folder: string): Promise<string[]> {
  return (await fileNamesIn(folder))
    .filter((name) => imageEndings.includes(splitEnding(name).ending.toLowerCase()))
    .sort()
    .map((name) => join(folder, name));
}
