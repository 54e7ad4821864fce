/** What dataset.json may say by its rules, and hardly means: found before anything is trained on it. */
import type { DatasetJson } from './datasetJson';
import { keysInFileOrder } from './jsonReader';
import { misreadings, orderThatAgrees, type Misreading } from './regionsOrder';

interface Doubt {
  code: string;
  /** An error where results would be wrong whatever was meant. */
  severity: 'error' | 'warning';
  /** Sentences for a person, with what to do. */
  message: string;
  keyPath: string[];
}

export function doubtsAbout(datasetJson: DatasetJson): Doubt[] {
  return [...doubtfulChannelKeys(datasetJson), ...doubtfulNames(datasetJson), ...doubtfulOrder(datasetJson)];
}

/** nnU-Net goes by the order in which the names stand, not by their numbers. */
function doubtfulChannelKeys({ channel_names }: DatasetJson): Doubt[] {
  const keys = keysInFileOrder(channel_names);
  if (keys.every((key, index) => key === String(index))) return [];
  const reading = keys.map((key, index) => `"${channel_names[key]}" is channel ${index}`).join(', ');
  const listed = `The keys of channel_names are ${keys.join(', ')}`;
  const message = areInOrder(keys)
    ? `${listed}: they leave out numbers, and are read in this order, as by nnU-Net: ${reading}. This may stay; files and keys numbered 0, 1, 2, … can't be misunderstood.`
    : `${listed}, but nnU-Net goes by the order of the names alone: ${reading}. Number them 0, 1, 2, … in the order of the files' numbers.`;
  return [{ code: 'channel-keys', severity: 'warning', message, keyPath: ['channel_names'] }];
}

/** Files in the order of their numbers are then those that the keys mean. */
function areInOrder(keys: readonly string[]): boolean {
  return keys.every((key, at) => /^\d+$/.test(key) && (at === 0 || Number(key) > Number(keys[at - 1])));
}

/** nnU-Net ignores the label "ignore" only under this very name. */
function doubtfulNames({ labels }: DatasetJson): Doubt[] {
  const spelled = Object.keys(labels).find((name) => name !== 'ignore' && name.trim().toLowerCase() === 'ignore');
  if (spelled === undefined) return [];
  const message = `The label "${spelled}" is learned like any other: only "ignore", in small letters, marks voxels that do not count.`;
  return [{ code: 'label-ignore-spelling', severity: 'warning', message, keyPath: ['labels', spelled] }];
}

function doubtfulOrder(datasetJson: DatasetJson): Doubt[] {
  const wrong = misreadings(datasetJson);
  if (wrong.length === 0) return [];
  const right = orderThatAgrees(datasetJson);
  const remedy = right
    ? `${JSON.stringify(right)} would agree with the labels.`
    : 'No values fit these regions in this order: list large regions first, each with a value that later ones lack.';
  const message = `Masks written by regions_class_order would be misread: ${wrong.map(wording).join('; ')}. ${remedy}`;
  return [{ code: 'regions-order', severity: 'error', message, keyPath: ['regions_class_order'] }];
}

function wording({ label, written, gained, lost }: Misreading): string {
  const readings = [
    gained.length > 0 ? `is read as ${gained.join(' and ')}` : '',
    lost.length > 0 ? `is not read as ${lost.join(' and ')}` : '',
  ];
  return `label ${label} is written as ${written}, which ${readings.filter((part) => part !== '').join(' and ')}`;
}
