/** Has a prediction that goes on found all of its masks there already, so that the steps before left nothing? */
import { fileNamesIn } from '../../dataset/rawDataset';

/** @param folders  of the steps before, which need not be there */
export async function isNothingLeft(folders: readonly string[]): Promise<boolean> {
  const names = await Promise.all(folders.map(fileNamesIn));
  return names.every((some) => some.length === 0);
}
