/** What was found when the models of a dataset were compared? Read from the files that this left, ours or nnU-Net's. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPostprocessing, readTrials } from '../dataset/postprocessingFile';
import { bestModelPaths, modelFolderName } from '../dataset/results';
import type { ComparedCandidate, DecidedPostprocessing, FoundBest } from '../jobs/results';
import { candidatesOf, ensembleName, type ModelName } from '../method/bestConfiguration';
import { readSummary, type Summary } from '../method/evaluation';
import { finiteOrNull } from '../method/finiteOrNull';
import { readInferenceInformation, type WrittenChoice } from '../method/inferenceInformation';
import { choiceFile } from '../pipeline/chosenModel';
import { exists } from '../storage/exists';

/** @param results  the dataset's folder there. @throws JsonError; EvaluationError `inference-information-invalid`, `summary-invalid`; StorageError */
export async function readFoundBest(results: string): Promise<FoundBest> {
  const file = choiceFile(results);
  const choice = readInferenceInformation(await readFile(file, 'utf8'), file);
  const { folds, selected, dice } = choice;
  const names = selected.map(modelFolderName);
  const identifier = names.length === 1 ? names[0]! : ensembleName(names, folds);
  const candidates: ComparedCandidate[] = [];
  let cases = 0;
  for (const models of comparedModels(choice)) {
    const { candidate, summary } = await readCandidate(results, models, choice);
    if (candidate.identifier === identifier) cases = summary?.metric_per_case.length ?? 0;
    candidates.push(candidate);
  }
  const best = candidates.find((one) => one.identifier === identifier)!;
  const postprocessing = await readDecided(best.folder, dice);
  return { best, folds, candidates, cases, postprocessing, files: [file] };
}

/** In the order in which they were considered; the one that was chosen is always among them. */
function comparedModels({ considered, selected, results, folds }: WrittenChoice): ModelName[][] {
  const byFolder = new Map([...considered, ...selected].map((name) => [modelFolderName(name), name]));
  const chosen = selected.map(modelFolderName).join(' ');
  return candidatesOf([...byFolder.keys()], folds, true)
    .filter(({ identifier, members }) => identifier in results || members.join(' ') === chosen)
    .map(({ members }) => members.map((member) => byFolder.get(member)!));
}

async function readCandidate(
  resultsFolder: string,
  models: ModelName[],
  { folds, results }: WrittenChoice,
): Promise<{ candidate: ComparedCandidate; summary: Summary | undefined }> {
  const members = models.map(modelFolderName);
  const identifier = members.length === 1 ? members[0]! : ensembleName(members, folds);
  const { folder } = bestModelPaths(resultsFolder, members, folds);
  const file = join(folder, 'summary.json');
  const summary = (await exists(file)) ? readSummary(await readFile(file, 'utf8'), file) : undefined;
  const dice = Object.entries(summary?.mean ?? {}).map(([key, { Dice }]) => [key, finiteOrNull(Dice)] as const);
  return {
    candidate: {
      identifier,
      models,
      folder,
      meanDice: finiteOrNull(results[identifier] ?? summary?.foreground_mean.Dice ?? NaN),
      dice: Object.fromEntries(dice),
    },
    summary,
  };
}

/** nnU-Net does not tell what it tried. */
async function readDecided(folder: string, { before, after }: WrittenChoice['dice']): Promise<DecidedPostprocessing> {
  const [file, json] = [join(folder, 'postprocessing.pkl'), join(folder, 'postprocessing.json')];
  const trials = (await exists(json)) ? await readTrials(json) : [];
  return {
    steps: (await exists(file)) ? await readPostprocessing(file) : [],
    trials: trials.map((trial) => ({
      ...trial,
      before: finiteOrNull(trial.before),
      after: finiteOrNull(trial.after),
    })),
    before: finiteOrNull(before),
    after: finiteOrNull(after),
    file,
  };
}
