/** Stage "ensemble": label maps of the mean of several models' probabilities, case by case. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { npyArray, type NpyArray } from '../dataset/npy';
import { npzBytes, readNpz, writeNpz } from '../dataset/npz';
import { casePickle, readCasePickle } from '../dataset/properties';
import type { Shape3 } from '../geometry/types';
import type { ReaderName } from '../images/types';
import { writeSegmentation } from '../images/write';
import type { DatasetJson } from '../method/datasetJson';
import { EvaluationError } from '../method/errors';
import { LabelManager } from '../method/labels';
import { addProbabilities, divideProbabilities, labelsOfProbabilities } from '../method/meanProbabilities';
import { writeFileAtomic } from '../storage/atomicFile';
import { float16ToFloat32 } from '../voxels/float16';
import { forEachWithin } from './eachCase';
import type { StageContext } from './progress';

export interface EnsembleCase {
  id: string;
  /** CASE.npz of each model, in order; beside the first CASE.pkl. */
  probabilities: string[];
}

interface EnsembleOptions extends StageContext {
  cases: readonly EnsembleCase[];
  datasetJson: DatasetJson;
  reader: ReaderName;
  saveProbabilities?: boolean;
  workers?: number;
  /** Has a case's files written: `write` gets their folder and returns the mask's name there. */
  writeCase(write: (folder: string) => Promise<string>): Promise<unknown>;
}

/** @throws EvaluationError `probabilities-missing`, `probabilities-differ`, `probabilities-invalid`; what reading and writing throws */
export async function ensembleStage(options: EnsembleOptions): Promise<void> {
  const { cases, datasetJson, reader, saveProbabilities = false } = options;
  const labels = new LabelManager(datasetJson);
  const bytes = new Map<EnsembleCase, number>();
  for (const one of cases) bytes.set(one, await averagingBytes(one.probabilities[0]!));
  let done = 0;
  options.progress({ stage: 'ensemble', state: 'started', done, total: cases.length });
  await forEachWithin(
    cases,
    (one) => bytes.get(one)!,
    options,
    async (one) => {
      const { data, shape } = await meanOf(one.probabilities, labels);
      const [first] = one.probabilities as [string];
      const { properties } = await readCasePickle(first.replace(/\.npz$/, '.pkl'));
      const name = `${one.id}${datasetJson.file_ending}`;
      const shape3 = shape.slice(1) as Shape3;
      await options.writeCase(async (folder) => {
        if (saveProbabilities) {
          await writeNpz(join(folder, `${one.id}.npz`), { probabilities: npyArray(data, shape) });
          await writeFileAtomic(join(folder, `${one.id}.pkl`), casePickle(properties));
        }
        await writeSegmentation(join(folder, name), labelsOfProbabilities(data, labels), shape3, properties, reader);
        return name;
      });
      done += 1;
      options.progress({ stage: 'ensemble', state: 'progress', done, total: cases.length, message: one.id });
    },
  );
  options.progress({ stage: 'ensemble', state: 'done', done, total: cases.length });
}

/** Memory that averaging a case takes: the sum, one model's probabilities, and the bytes that they are read from. */
export async function averagingBytes(npz: string): Promise<number> {
  return 3 * (await npzBytes(npz));
}

/** Rounded to float32 after each step, in the order of the models, as nnU-Net does. */
async function meanOf(files: readonly string[], labels: LabelManager): Promise<NpyArray<Float32Array>> {
  const [first, ...others] = files as [string, ...string[]];
  const sum = await readProbabilities(first, labels);
  for (const file of others) {
    const { data, shape } = await readProbabilities(file, labels);
    if (String(shape) !== String(sum.shape)) {
      const [is, was] = [shape, sum.shape].map((lengths) => lengths.join(' x '));
      throw new EvaluationError(
        'probabilities-differ',
        `Its probabilities are ${is} (classes first), the first model's ${was}`,
        {
          where: file,
          hint: 'Average predictions of the same images by models with the same labels.',
        },
      );
    }
    addProbabilities(sum.data, data);
  }
  divideProbabilities(sum.data, files.length);
  return sum;
}

/** (heads, z, y, x) */
async function readProbabilities(file: string, { numHeads }: LabelManager): Promise<NpyArray<Float32Array>> {
  const { probabilities } = await readNpz(file, ['probabilities']);
  if (!probabilities) throw invalid(file, 'it holds no array "probabilities"');
  const { dtype, data, shape } = probabilities;
  if (shape.length !== 4) throw invalid(file, `it holds an array of ${shape.length} axes instead of four`);
  if (shape[0] !== numHeads)
    throw invalid(file, `it holds ${shape[0]} classes, and the labels in dataset.json have ${numHeads}`);
  if (dtype === 'float32') return npyArray(data as Float32Array, shape);
  if (dtype === 'float16') return npyArray(float16ToFloat32(data as Uint16Array), shape);
  if (dtype === 'float64') return npyArray(Float32Array.from(data as Float64Array), shape);
  throw invalid(file, `it holds whole numbers (${dtype})`);
}

function invalid(where: string, what: string): EvaluationError {
  return new EvaluationError('probabilities-invalid', `These are no probabilities of nnU-Net: ${what}`, {
    where,
    hint: 'Predict again with --save-probabilities.',
  });
}

/** @throws EvaluationError `probabilities-missing` where a case's .pkl is not beside its .npz */
export async function requireProperties(cases: readonly EnsembleCase[]): Promise<void> {
  for (const { id, probabilities } of cases) {
    const file = probabilities[0]!.replace(/\.npz$/, '.pkl');
    if ((await stat(file).catch(() => undefined))?.isFile()) continue;
    throw new EvaluationError('probabilities-missing', `What the probabilities of ${id} belong to is missing`, {
      where: file,
      hint: 'It is written beside the .npz: predict again with --save-probabilities.',
    });
  }
}
