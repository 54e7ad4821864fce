/** Whether an import wrote what it planned: as many cases, channels and labels as went in, each readable and of its image's size. */
import { join } from 'node:path';
import { counted } from '../../words/counted';
import type { DatasetJson } from '../../method/datasetJson';
import { DatasetError } from '../../method/errors';
import { mapConcurrently } from '../../storage/mapConcurrently';
import { groupImageFiles, rawPaths } from '../rawDataset';
import { readScanHeader } from '../scans';
import type { ExaminedCase } from './examineCases';

/** @throws DatasetError `import-not-whole` */
export async function verifyWritten(
  folder: string,
  { file_ending }: Pick<DatasetJson, 'file_ending'>,
  training: readonly ExaminedCase[],
  test: readonly ExaminedCase[],
  signal?: AbortSignal,
): Promise<void> {
  const paths = rawPaths(folder);
  for (const { cases, images, labels } of [
    { cases: training, images: paths.images, labels: paths.labels },
    { cases: test, images: paths.testImages, labels: paths.testLabels },
  ]) {
    const written = await groupImageFiles(images, file_ending);
    if (written.size !== cases.length)
      throw notWhole(
        images,
        `${counted(cases.length, 'case')} should have been written, and there are ${written.size}`,
      );
    await mapConcurrently(cases, 4, async (one) => {
      signal?.throwIfAborted();
      const files = written.get(one.id) ?? [];
      if (files.length !== one.images.length)
        throw notWhole(images, `case ${one.id} has ${counted(files.length, 'image')} instead of ${one.images.length}`);
      const label = join(labels, one.id + file_ending);
      for (const file of one.labels.length > 0 ? [...files, label] : files) {
        const { shape } = await readScanHeader(file, file === label ? 'label' : 'image');
        if (shape.join() !== one.header.shape.join())
          throw notWhole(file, `the file has ${shape.join('x')} voxels, its source ${one.header.shape.join('x')}`);
      }
    });
  }
}

export function notWhole(where: string, what: string): DatasetError {
  return new DatasetError('import-not-whole', `The import is not whole: ${what}`, {
    where,
    hint: 'Nothing was kept. Check that nobody changes the source meanwhile, and import again; else report this.',
  });
}
