/** Stage "validate": predicts a fold's validation cases with the final weights and measures them; leaves validation/ as nnU-Net does. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { preprocessedCaseFiles, preprocessedPaths } from '../../dataset/preprocessed';
import type { CaseProperties } from '../../dataset/properties';
import type { DatasetReference } from '../../dataset/references';
import { foldPaths } from '../../dataset/results';
import { EngineError } from '../../method/errors';
import type { Summary } from '../../method/evaluation';
import { parseJson } from '../../method/jsonReader';
import type { ReaderName } from '../../images/types';
import { exists } from '../../storage/exists';
import { withNextStage, writeNextStageForNnunet } from './nextStage';
import { mirrorAxesOf } from '../checkpoints';
import { evaluateStage } from '../evaluate';
import type { Model } from '../modelFolder';
import { predictCases, type CaseToPredict } from './predictCases';
import type { StageContext } from '../progress';

interface ValidateOptions extends StageContext {
  dataset: DatasetReference;
  model: Model;
  foldFolder: string;
  cases: readonly string[];
  previousStageFolder?: string;
  device: string;
  threads?: number;
  saveProbabilities: boolean;
  logFile: string;
  onCoreStart(pid: number): void;
}

/** @returns undefined where the fold has no validation cases */
export async function validateStage(options: ValidateOptions): Promise<Summary | undefined> {
  const { dataset, model, foldFolder, cases } = options;
  if (cases.length === 0) {
    options.warn('no-validation-cases', 'This fold has no validation cases: nothing is validated.');
    return undefined;
  }
  const paths = foldPaths(foldFolder);
  const checkpoint = paths.checkpoint('final');
  await rm(paths.validation, { recursive: true, force: true });
  await mkdir(paths.validation, { recursive: true });
  const dataFolder = preprocessedPaths(dataset.preprocessed).data(model.configuration.data_identifier);
  const startedAt = Date.now();
  let done = 0;
  options.progress({ stage: 'validate', state: 'started', done, total: cases.length });
  const ready = await Promise.all(cases.map((id) => preprocessedCase(dataFolder, id, options.previousStageFolder)));
  const toPredict = await withNextStage(ready, model, dataset.preprocessed, options.warn);
  await predictCases(toPredict, {
    model,
    checkpoints: [checkpoint],
    mirrorAxes: await mirrorAxesOf(model, checkpoint),
    stepSize: 0.5,
    device: options.device,
    // What a prediction by this model will give, whatever it was trained in.
    precision: 'auto',
    threads: options.threads,
    writeCase: (write) => write(paths.validation),
    saveProbabilities: options.saveProbabilities,
    logFile: options.logFile,
    signal: options.signal,
    onCoreStart: options.onCoreStart,
    warn: options.warn,
    onWritten: (written) => {
      done += 1;
      const secondsLeft = ((Date.now() - startedAt) / 1000 / done) * (cases.length - done);
      const message = done < cases.length ? `${written.case}, about ${Math.ceil(secondsLeft)} s left` : written.case;
      options.progress({ stage: 'validate', state: 'progress', done, total: cases.length, message });
    },
  });
  await writeNextStageForNnunet(toPredict);
  const summary = await evaluateStage({
    referenceFolder: preprocessedPaths(dataset.preprocessed).groundTruth,
    predictionFolder: paths.validation,
    datasetJson: model.datasetJson,
    reader: model.plans.image_reader_writer as ReaderName,
    output: paths.summary,
    // The model has learnt each label voxel on voxel with its image, as nnU-Net's do.
    byVoxel: true,
    signal: options.signal,
    progress: () => undefined,
    // The other folds' cases have no prediction here.
    warn: (code, message) => {
      if (code !== 'predictions-missing') options.warn(code, message);
    },
  });
  const dice = summary.foreground_mean.Dice;
  options.progress({
    stage: 'validate',
    state: 'done',
    done,
    total: cases.length,
    message: `mean Dice ${dice.toFixed(4)}`,
  });
  return summary;
}

async function preprocessedCase(
  dataFolder: string,
  id: string,
  previousStageFolder: string | undefined,
): Promise<CaseToPredict> {
  const files = preprocessedCaseFiles(dataFolder, id);
  const previousStage = previousStageFolder ? join(previousStageFolder, `${id}.npy`) : undefined;
  for (const file of [files.data, files.properties, ...(previousStage ? [previousStage] : [])]) {
    if (await exists(file)) continue;
    throw new EngineError('preprocessed-case-missing', `The validation case ${id} is not preprocessed`, {
      where: file,
      hint: 'Run "nnunet preprocess", and for a cascade validate all folds of the previous stage.',
    });
  }
  const properties = parseJson(await readFile(files.properties, 'utf8'), files.properties) as CaseProperties;
  return { case: id, data: files.data, propertiesFile: files.properties, properties, previousStage };
}
