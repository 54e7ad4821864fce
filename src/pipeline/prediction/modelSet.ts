/** Of which networks is a model made: the best of a dataset, an exported set, a cascade? And how do they become one mask? */
import { basename, dirname, join } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { readPostprocessing } from '../../dataset/postprocessingFile';
import { modelFolderName, parseModelFolderName } from '../../dataset/results';
import { exists } from '../../storage/exists';
import { chosenModel, isChoice } from '../chosenModel';
import { readChosenModel } from '../chosenFolds';
import { isExportedSet, readExportedSet } from './exportedSet';
import { isOnnxFile } from './predictModel';
import type { ModelSet, SetMember } from './setMembers';

/**
 * @param path  what a person chooses: inference_information.json, the record of an exported set, a model folder, an .onnx file
 * @returns undefined where it is one network that needs no other
 * @throws as `chosenModel`, `readExportedSet`, `readChosenModel`
 */
export async function modelSetOf(path: string): Promise<ModelSet | undefined> {
  if (isExportedSet(path)) return readExportedSet(path);
  if (isOnnxFile(path)) return undefined;
  if (!isChoice(path)) return cascadeOf(path);
  const results = dirname(path);
  const folderName = basename(results);
  const {
    members: folders,
    folds,
    postprocessing,
  } = await chosenModel({
    results,
    folderName,
    id: parseDatasetName(folderName)?.id ?? 0,
  });
  const members: SetMember[] = [];
  for (const model of folders) members.push(...(await withFirstStage({ model, folds, isCounted: true }, members)));
  return { members, postprocessing: postprocessing === undefined ? [] : await readPostprocessing(postprocessing) };
}

async function cascadeOf(folder: string): Promise<ModelSet | undefined> {
  const members = await withFirstStage({ model: folder, isCounted: true }, []);
  return members.length > 1 ? { members, postprocessing: [] } : undefined;
}

/** A first stage that is a member itself is not predicted twice. */
async function withFirstStage(member: SetMember, before: readonly SetMember[]): Promise<SetMember[]> {
  const first = await firstStageOf(member.model);
  if (first === undefined) return [member];
  const known = before.findIndex(({ model }) => model === first);
  if (known >= 0) return [{ ...member, previous: known }];
  // Every trained fold, whichever of the second stage's are taken.
  return [
    { model: first, isCounted: false },
    { ...member, previous: before.length },
  ];
}

/** Beside the second one; where it is not there, its masks have to be given. */
async function firstStageOf(folder: string): Promise<string | undefined> {
  const name = parseModelFolderName(basename(folder));
  const configuration = name && (await readChosenModel(folder)).configuration.previous_stage;
  if (!configuration) return undefined;
  const first = join(dirname(folder), modelFolderName({ ...name, configuration }));
  return (await exists(first)) ? first : undefined;
}
