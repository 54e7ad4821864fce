/** Stage "find-best": compares trained configurations and their pairs on the cases that each fold left out, and says how to predict with the best. */
import { basename, join } from 'node:path';
import { replaceFolder } from '../dataset/derivedFolder';
import { preprocessedPaths } from '../dataset/preprocessed';
import { rawPaths } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { bestModelPaths, modelFolderName, parseModelFolderName } from '../dataset/results';
import type { ReaderName } from '../images/types';
import { bestOf, candidatesOf, type Candidate, type ModelName } from '../method/bestConfiguration';
import { EvaluationError } from '../method/errors';
import type { Summary } from '../method/evaluation';
import {
  inferenceInformationToJson,
  inferenceInstructions,
  type InferenceInformation,
} from '../method/inferenceInformation';
import type { DeterminedPostprocessing } from '../method/postprocessing';
import { writeFileAtomic } from '../storage/atomicFile';
import { exists } from '../storage/exists';
import { choiceFile } from './chosenModel';
import {
  gatherCrossValidation,
  isDerived,
  pairedCases,
  validatedCases,
  writeModelTexts,
  type ValidatedCases,
} from './crossValidation';
import { ensembleStage, requireProperties } from './ensemble';
import { evaluateModel } from './evaluateModel';
import { readModel, type Model } from './modelFolder';
import { determineFolder } from './postprocessFolder';
import type { StageContext } from './progress';

interface FindBestOptions extends StageContext {
  dataset: DatasetReference;
  /** In the order in which they are considered. */
  models: readonly ModelName[];
  folds: readonly number[];
  ensembling: boolean;
  workers?: number;
  /** A line for people, which is no warning. */
  note(text: string): void;
}

export interface EvaluatedCandidate extends Candidate {
  /** Where its predictions of all cases and their summary.json are. */
  folder: string;
  summary: Summary;
}

interface BestModel {
  candidates: EvaluatedCandidate[];
  best: EvaluatedCandidate;
  postprocessing: DeterminedPostprocessing;
  information: InferenceInformation;
  /** inference_information.json and inference_instructions.txt */
  files: string[];
}

interface Validated {
  name: string;
  model: Model;
  cases: ValidatedCases;
}

/** @throws EvaluationError as `validatedCases`, `pairedCases`, `bestOf`; what evaluation and averaging throw */
export async function findBestStage(options: FindBestOptions): Promise<BestModel> {
  const { dataset, folds, ensembling, models } = options;
  const validated: Validated[] = [];
  for (const name of models) {
    const model = await readModel(join(dataset.results, modelFolderName(name)));
    validated.push({ name: basename(model.folder), model, cases: await validatedCases(model, folds) });
  }
  const byName = new Map(validated.map((one) => [one.name, one]));
  const names = validated.map(({ name }) => name);
  const candidates: EvaluatedCandidate[] = [];
  for (const candidate of candidatesOf(names, folds, ensembling)) {
    const members = candidate.members.map((name) => byName.get(name)!);
    const folder = bestModelPaths(dataset.results, candidate.members, folds).folder;
    const references = await referencesOf(dataset, members.length === 1);
    if (members.length === 1) await gatherCrossValidation(members[0]!.model, members[0]!.cases, folder);
    else await averageMembers(members, folder, options);
    const summary = await evaluateModel(folder, references, members[0]!.model, options);
    candidates.push({ ...candidate, folder, summary });
    options.note(`${titleOf(candidate)}: mean Dice ${summary.foreground_mean.Dice.toFixed(4)}`);
  }
  const best = bestOf(candidates);
  const postprocessing = await determineFolder({
    ...options,
    predictionFolder: best.folder,
    referenceFolder: await referencesOf(dataset, false),
    // What the comparison said already.
    warn: () => undefined,
  });
  const information: InferenceInformation = {
    dataset: dataset.folderName,
    folds: [...folds],
    considered: [...models],
    ensembling,
    results: Object.fromEntries(
      candidates.map(({ identifier, summary }) => [identifier, summary.foreground_mean.Dice]),
    ),
    dice: { before: best.summary.foreground_mean.Dice, after: postprocessing.after.foreground_mean.Dice },
    postprocessingFile: postprocessing.file,
    plansFile: join(best.folder, 'plans.json'),
    selected: models.filter((name) => best.members.includes(modelFolderName(name))),
  };
  return { candidates, best, postprocessing, information, files: await writeInformation(dataset, information) };
}

function titleOf({ members }: Candidate): string {
  return members.map((member) => parseModelFolderName(member)?.configuration ?? member).join(' + ');
}

/** Where nnU-Net takes the true labels from: single models are compared with the raw ones, the rest with their copies. */
async function referencesOf(dataset: DatasetReference, raw: boolean): Promise<string> {
  const { labels } = rawPaths(dataset.raw);
  const { groundTruth } = preprocessedPaths(dataset.preprocessed);
  const places = raw ? [labels, groundTruth] : [groundTruth, labels];
  for (const place of places) if (await exists(place)) return place;
  throw new EvaluationError('no-references', `The true labels of ${dataset.folderName} are not there`, {
    where: labels,
    hint: 'Models are compared on the labelled cases: check --root.',
  });
}

async function averageMembers(members: readonly Validated[], folder: string, options: FindBestOptions): Promise<void> {
  const [{ model }] = members as [Validated];
  const cases = pairedCases(members);
  await requireProperties(cases);
  const { file_ending: ending } = model.datasetJson;
  await replaceFolder(
    folder,
    (name) => isDerived(name, ending),
    async (scratch) => {
      await ensembleStage({
        ...options,
        cases,
        datasetJson: model.datasetJson,
        reader: model.plans.image_reader_writer as ReaderName,
        writeCase: (write) => write(scratch),
      });
      await writeModelTexts(scratch, model.texts);
    },
  );
}

async function writeInformation(dataset: DatasetReference, information: InferenceInformation): Promise<string[]> {
  const files: [string, string][] = [
    [choiceFile(dataset.results), inferenceInformationToJson(information)],
    [join(dataset.results, 'inference_instructions.txt'), inferenceInstructions(information)],
  ];
  for (const [file, text] of files) await writeFileAtomic(file, text);
  return files.map(([file]) => file);
}
