/** Which training does an assistant mean, and what is it told of its curve? */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetReference } from '../dataset/references';
import { defaultTrainer, foldFolderName, listModels, modelFolderName, type Fold } from '../dataset/results';
import { counted } from '../words/counted';
import { RunError } from '../method/errors';
import { defaultPlansName } from '../pipeline/plan';
import { curveNotes } from '../runs/curveNotes';
import { CurveSource, readAll, requireCurves } from '../runs/curveSource';
import { foldTitle } from '../runs/describe';
import { bestEpoch } from '../runs/trainingCurves';
import type { Answer, Call } from './call';

export interface TrainingReference {
  dataset: string;
  configuration: string;
  fold: Fold;
  plans?: string;
  trainer?: string;
}

/** @throws RunError `training-unknown`, which says what is trained of this dataset */
export async function foldFolderOf(dataset: DatasetReference, reference: TrainingReference): Promise<string> {
  const { configuration, fold, plans = defaultPlansName, trainer = defaultTrainer } = reference;
  const folder = join(dataset.results, modelFolderName({ trainer, plans, configuration }), foldFolderName(fold));
  if (existsSync(folder)) return folder;
  const models = await listModels(dataset.results);
  const known = models.map((model) => {
    const folds = model.folds.map(({ fold: one }) => one).join(', ');
    return `${model.configuration} (${model.plans}, ${model.trainer}): folds ${folds || 'none'}`;
  });
  throw new RunError('training-unknown', `${titleOf(dataset, reference)} was never trained`, {
    hint: known.length > 0 ? `There is ${known.join('; ')}.` : 'Nothing is trained of this dataset yet.',
  });
}

export function titleOf(dataset: DatasetReference, { configuration, fold }: TrainingReference): string {
  return `${dataset.folderName} ${configuration}, ${foldTitle(fold)}`;
}

export async function readCurve(call: Call, reference: TrainingReference): Promise<Answer> {
  const dataset = await call.dataset(reference.dataset);
  const folder = await foldFolderOf(dataset, reference);
  requireCurves(folder);
  const source = new CurveSource(folder);
  await readAll(source);
  const { curves, state, plannedEpochs } = source;
  const { classNames } = source.names;
  call.names.keep(classNames);
  const notes = curveNotes(curves, { classNames, plannedEpochs, isRunning: state === 'running' });
  const last = (name: Parameters<typeof curves.column>[0]): number | null => finite(curves.column(name).at(-1));
  const best = bestEpoch(curves);
  const latest = {
    epoch: curves.length === 0 ? 0 : (last('epoch') ?? 0) + 1,
    trainLoss: last('trainLoss'),
    validationLoss: last('valLoss'),
    pseudoDice: last('meanDice'),
    smoothedPseudoDice: last('emaDice'),
    secondsPerEpoch: last('seconds'),
  };
  const classes = classNames.map((name, index) => ({ name, pseudoDice: finite(curves.classDice(index).at(-1)) }));
  const of = plannedEpochs === null ? '' : ` of ${plannedEpochs}`;
  const dice = latest.smoothedPseudoDice === null ? '' : `, pseudo Dice ${latest.smoothedPseudoDice.toFixed(3)}`;
  return {
    text: [
      `${titleOf(dataset, reference)}: ${state}, ${curves.length === 0 ? 'no epoch yet' : `epoch ${latest.epoch}${of}${dice}`}.`,
      ...notes.map(({ text }) => text),
      ...(notes.length === 0 && curves.length > 0
        ? [`Nothing is remarkable in ${counted(curves.length, 'epoch')}.`]
        : []),
    ].join('\n'),
    data: {
      state,
      plannedEpochs,
      bestEpoch: best === null ? null : best + 1,
      latest,
      classes,
      notes: notes.map(({ code, severity, text, epoch }) => ({
        code,
        severity,
        text,
        ...(epoch !== undefined && { epoch: epoch + 1 }),
      })),
    },
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(5)) : null;
}
