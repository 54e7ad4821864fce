/** What nnU-Net version 1 and the Medical Segmentation Decathlon wrote into dataset.json, in today's form. */
import { DatasetError } from './errors';
import { isObject, show, type JsonObject } from './jsonShape';
import { keysInFileOrder } from './jsonReader';
import { objectInOrder } from './jsonWrittenForm';

/** Whether the labels are written as value -> name: {"0": "background", "1": "organ"}. */
export function isVersion1(labels: unknown): labels is Record<string, string> {
  if (!isObject(labels)) return false;
  return Object.entries(labels).some(
    ([key, name]) => /^\d+$/.test(key) && typeof name === 'string' && !/^\d+$/.test(name),
  );
}

/** Labels as name -> value, and the ending that version 1 always had; whatever is in today's form stays. */
export function currentForm(value: JsonObject, file: string): JsonObject {
  const { labels } = value;
  if (!isVersion1(labels)) return value;
  return { ...value, labels: namesFirst(labels, file), file_ending: value.file_ending ?? '.nii.gz' };
}

function namesFirst(labels: JsonObject, file: string): Record<string, number> {
  const taken = new Map<string, string>();
  const members = keysInFileOrder(labels).map((key): [string, number] => {
    const given = labels[key];
    const fail = (message: string): never => {
      const hint = 'Write the labels as name -> value, e.g. "background": 0, "organ": 1.';
      const where = `${file}, labels.${key}`;
      throw new DatasetError('dataset-json-labels', message, { where, keyPath: ['labels', key], hint });
    };
    if (!/^\d+$/.test(key) || typeof given !== 'string') {
      return fail(`The labels are written as value -> name, but one is "${key}": ${show(given)}`);
    }
    // Version 1 took 0 for the background whatever it was called.
    const name = Number(key) === 0 ? 'background' : given;
    if (taken.has(name)) return fail(`The labels ${taken.get(name)} and ${key} are both called "${name}"`);
    taken.set(name, key);
    return [name, Number(key)];
  });
  return objectInOrder(members);
}
