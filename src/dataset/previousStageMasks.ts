/** The masks that a cascade's first stage hands to its second, CASE.npy: those that nnU-Net left there are taken over. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../method/errors';
import { mapConcurrently } from '../storage/mapConcurrently';
import { readBlosc2 } from './blosc2';
import { npyArray, writeNpy, type NpyArray } from './npy';
import { readNpz } from './npz';

/** As nnU-Net writes them: since 2.6, and before. */
const foreignEndings = ['.b2nd', '.npz'] as const;

/** The cases whose mask is there in none of the forms. */
export async function casesWithoutMask(folder: string, cases: Iterable<string>): Promise<string[]> {
  const missing: string[] = [];
  for (const id of new Set(cases)) {
    const times = await Promise.all(['.npy', ...foreignEndings].map((ending) => changedAt(join(folder, id + ending))));
    if (times.every((time) => time === undefined)) missing.push(id);
  }
  return missing;
}

/** Where nnU-Net has left a mask, or a newer one, it becomes CASE.npy. @throws DatasetError for a damaged one */
export async function takeOverMasks(folder: string, cases: Iterable<string>): Promise<void> {
  await mapConcurrently([...new Set(cases)], 4, async (id) => {
    const own = await changedAt(join(folder, `${id}.npy`));
    for (const ending of foreignEndings) {
      const file = join(folder, id + ending);
      const time = await changedAt(file);
      if (time === undefined) continue;
      if (own === undefined || time > own) await writeNpy(join(folder, `${id}.npy`), await readMask(file, ending));
      return;
    }
  });
}

async function readMask(file: string, ending: (typeof foreignEndings)[number]): Promise<NpyArray> {
  const array = ending === '.b2nd' ? await readBlosc2(file) : (await readNpz(file, ['seg'])).seg;
  const isWhole = array !== undefined && !array.dtype.startsWith('float');
  if (!isWhole || array.shape.length !== 3) {
    throw new DatasetError('previous-stage-invalid', 'This is no mask of a previous stage: labels on three axes', {
      where: file,
      hint: 'Validate the fold of the first stage again.',
    });
  }
  // The engine reads labels of one byte, or of two with a sign.
  return array.dtype === 'uint8' ? array : npyArray(Int16Array.from(array.data as ArrayLike<number>), array.shape);
}

async function changedAt(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
