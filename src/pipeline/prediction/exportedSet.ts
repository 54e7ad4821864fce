/** The record of an exported set of networks, nnunet_ensemble.json: which .onnx files beside it predict, and how they become one mask. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InferenceError } from '../../inference/inferenceError';
import { parseJson } from '../../method/jsonReader';
import { isNumberList, isObject, isWholeNumber, show } from '../../method/jsonShape';
import { stringifyJson } from '../../method/jsonWriter';
import type { LabelOrRegion } from '../../method/labels';
import type { PostprocessingStep } from '../../method/postprocessing';
import { readError } from '../../storage/diskErrors';
import type { ModelSet, SetMember } from './setMembers';

export const exportedSetName = 'nnunet_ensemble.json';
const version = 1;

export const isExportedSet = (path: string): boolean => basename(path) === exportedSetName;

/** @param title  what the set is called. @param files  of the members, beside the record */
export function exportedSetText(title: string, set: ModelSet, files: readonly string[]): string {
  return stringifyJson({
    version,
    title,
    members: set.members.map(({ previous, isCounted }, at) => ({
      file: files[at]!,
      ...(previous !== undefined && { refines: files[previous]! }),
      averaged: isCounted,
    })),
    postprocessing: set.postprocessing.map((step) => ({ keep_largest_component: step })),
  });
}

/** @throws InferenceError `set-invalid`, `set-newer`; JsonError; StorageError */
export async function readExportedSet(file: string): Promise<ModelSet> {
  const value = parseJson(await textOf(file), file);
  if (!isObject(value) || !Array.isArray(value.members) || value.members.length === 0)
    throw invalid(file, 'it names no models');
  if (isWholeNumber(value.version) && value.version > version) {
    throw new InferenceError('set-newer', `The set was exported by a newer version (format ${value.version})`, {
      where: file,
      hint: 'Update nnU-Net for VS Code.',
    });
  }
  const names: string[] = [];
  const members = value.members.map((one: unknown): SetMember => {
    const member = memberOf(one, names, file);
    names.push(basename(member.model));
    return member;
  });
  if (!members.some(({ isCounted }) => isCounted)) throw invalid(file, 'none of its models counts');
  const steps = value.postprocessing ?? [];
  if (!Array.isArray(steps)) throw invalid(file, `postprocessing is ${show(steps)}`);
  return { members, postprocessing: steps.map((step) => stepOf(step, file)) };
}

/** @returns what the set is called, where it says so */
export async function exportedSetTitle(file: string): Promise<string | undefined> {
  const value = parseJson(await textOf(file), file);
  return isObject(value) && typeof value.title === 'string' ? value.title : undefined;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw readError(error, file);
  });
}

/** @param before  names of the members before it. Names are no paths: what is not beside the record is none of it */
function memberOf(value: unknown, before: readonly string[], where: string): SetMember {
  const { file, refines, averaged } = isObject(value) ? value : {};
  if (typeof file !== 'string' || !/^[^\\/]+\.onnx$/i.test(file)) throw invalid(where, `a model is ${show(file)}`);
  const previous = refines === undefined ? undefined : before.indexOf(refines as string);
  if (previous === -1) throw invalid(where, `${file} refines ${show(refines)}, which is not before it`);
  return {
    model: join(dirname(where), file),
    ...(previous !== undefined && { previous }),
    isCounted: averaged === true,
  };
}

function stepOf(value: unknown, where: string): PostprocessingStep {
  const { alone, together } =
    isObject(value) && isObject(value.keep_largest_component) ? value.keep_largest_component : {};
  if (isEntry(alone)) return { alone };
  if (Array.isArray(together) && together.every(isEntry)) return { together };
  throw invalid(where, `a step of its postprocessing is ${show(value)}`);
}

function isEntry(value: unknown): value is LabelOrRegion {
  return isWholeNumber(value) || (isNumberList(value) && value.every(isWholeNumber));
}

function invalid(where: string, what: string): InferenceError {
  return new InferenceError('set-invalid', `The set of models can't be used: ${what}`, {
    where,
    hint: 'Export it again.',
  });
}
