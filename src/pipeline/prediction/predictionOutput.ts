/** Turns what the core predicted for a case into the files that nnU-Net writes: label map, probabilities, properties. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { npyArray, readNpy } from '../../dataset/npy';
import { writeNpz } from '../../dataset/npz';
import { casePickle, type CaseProperties } from '../../dataset/properties';
import { writeFileAtomic } from '../../storage/atomicFile';
import { writeSegmentation } from '../../images/write';
import type { ReaderName } from '../../images/types';

interface PredictedCase {
  /** Without ending: OUTPUT_FOLDER/CASE */
  output: string;
  fileEnding: string;
  reader: ReaderName;
  properties: CaseProperties;
  /** .npy of the core; removed when the case is written. */
  labels: string;
  probabilities: string | null;
}

export async function writePredictedCase({
  output,
  fileEnding,
  reader,
  properties,
  labels,
  probabilities,
}: PredictedCase): Promise<string> {
  const { data, shape } = await readNpy(labels);
  const file = `${output}${fileEnding}`;
  await mkdir(dirname(file), { recursive: true });
  if (probabilities) {
    const { data: values, shape: probabilityShape } = await readNpy(probabilities);
    await writeNpz(`${output}.npz`, { probabilities: npyArray(values, probabilityShape) });
    await writeFileAtomic(`${output}.pkl`, casePickle(properties));
    await rm(probabilities, { force: true });
  }
  await writeSegmentation(
    file,
    data as Uint8Array | Uint16Array,
    shape as [number, number, number],
    properties,
    reader,
  );
  await rm(labels, { force: true });
  return file;
}
