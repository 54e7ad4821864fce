/** Which folds of a model predict together: those that were trained alike, with the plans that lie beside them. */
import { dirname } from 'node:path';
import { listCheckpoints, listFolds, type Fold } from '../dataset/results';
import { EngineError } from '../method/errors';
import { changesInput, differences, showDifferences, trainedWith } from '../method/trainedWith';
import { modelFactsOf } from './checkpoints';
import { checkpointsOf, readModel, requireModelFolder, type FoldCheckpoint, type Model } from './modelFolder';
import type { StageContext } from './progress';
import { recordedTraining } from './recordedTraining';
import { whereRightPlansAre } from './rightPlans';

interface ChosenFolds {
  model: Model;
  checkpoints: FoldCheckpoint[];
}

/** @throws EngineError `folds-differ`, `plans-differ`, and what `checkpointsOf` and `readModel` throw */
export async function chooseFolds(options: {
  modelFolder: string;
  folds?: readonly Fold[];
  checkpoint?: string;
  warn?: StageContext['warn'];
}): Promise<ChosenFolds> {
  const { modelFolder, folds, checkpoint, warn } = options;
  requireModelFolder(modelFolder);
  const checkpoints = await checkpointsOf(modelFolder, folds, checkpoint);
  const model = await readModel(modelFolder, await modelFactsOf(checkpoints[0]!.file));
  await requireAlike(model, checkpoints, warn);
  return { model, checkpoints };
}

/** A model of which only the folder is chosen, which may have been renamed: then its checkpoints tell the configuration. */
export async function readChosenModel(folder: string): Promise<Model> {
  requireModelFolder(folder);
  const folds = await listFolds(folder);
  const [first] = (await Promise.all(folds.map((fold) => listCheckpoints(fold.folder)))).flat();
  return readModel(folder, first === undefined ? undefined : await modelFactsOf(first));
}

async function requireAlike(
  model: Model,
  checkpoints: readonly FoldCheckpoint[],
  warn: StageContext['warn'] | undefined,
): Promise<void> {
  const all = await Promise.all(
    checkpoints.map(async ({ fold, file }) => ({ fold, training: await recordedTraining(file) })),
  );
  const [first, ...others] = all.flatMap(({ fold, training }) => (training ? [{ fold, training }] : []));
  if (!first) return;
  for (const { fold, training } of others) {
    const different = differences(first.training, training);
    if (different.length === 0) continue;
    throw new EngineError(
      'folds-differ',
      `Folds ${first.fold} and ${fold} were trained with different plans or labels, so their mean has no meaning: ${showDifferences(different, ['is', `in fold ${fold} it is`])}`,
      { where: model.folder, hint: 'Predict with folds that belong together (-f), or train the others again.' },
    );
  }
  const different = differences(first.training, trainedWith(model));
  if (different.length === 0) return;
  const what = showDifferences(different);
  if (!different.some(changesInput)) {
    warn?.(
      'plans-differ',
      `plans.json and dataset.json are not those that fold ${first.fold} was trained with: ${what}.`,
    );
    return;
  }
  const { file } = checkpoints.find(({ fold }) => fold === first.fold)!;
  const found = await whereRightPlansAre(model, first.training, dirname(file));
  throw new EngineError('plans-differ', `plans.json is not the one that fold ${first.fold} was trained with: ${what}`, {
    where: model.folder,
    hint: `Put the plans that the fold was trained with in its place, or train the fold again.${found ? ` ${found}` : ''}`,
  });
}
