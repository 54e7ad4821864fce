/** How are channels and labels called, where a person knows better than what an import found out? */
import { readFile } from 'node:fs/promises';
import { applyEdits, modify } from 'jsonc-parser/lib/esm/main.js';
import { channelNames, type DatasetJson } from '../../method/datasetJson';
import { keysInFileOrder, parseJson } from '../../method/jsonReader';
import { stringifyJson } from '../../method/jsonWriter';
import { writeFileAtomic } from '../../storage/atomicFile';
import { rawPaths } from '../rawDataset';

/** Absent: as they were found out. As many as `renamable` has, in its order. */
export interface GivenNames {
  channels?: string[];
  labels?: string[];
}

/** The names that may be given: background and ignore keep theirs. */
export function renamable(datasetJson: DatasetJson): { channels: string[]; labels: string[] } {
  return { channels: channelNames(datasetJson), labels: renamableLabels(datasetJson.labels) };
}

/** Writes them into a dataset's dataset.json. */
export async function giveNames(folder: string, names: GivenNames | undefined): Promise<void> {
  if (!names?.channels && !names?.labels) return;
  const { datasetJson } = rawPaths(folder);
  await writeFileAtomic(datasetJson, editNames(await readFile(datasetJson, 'utf8'), names));
}

/** dataset.json's content as it is with them. */
export function withNames<T extends DatasetJson>(datasetJson: T, names: GivenNames | undefined): T {
  if (!names?.channels && !names?.labels) return datasetJson;
  return parseJson(editNames(stringifyJson(datasetJson), names)) as T;
}

/** dataset.json with other names; values, order and layout stay. */
export function editNames(text: string, { channels, labels }: GivenNames): string {
  const json = parseJson(text) as Pick<DatasetJson, 'channel_names' | 'labels'>;
  let edited = text;
  const change = (path: string[], value: unknown): void => {
    const formattingOptions = { insertSpaces: true, tabSize: 4 };
    edited = applyEdits(edited, modify(edited, path, value, { formattingOptions }));
  };
  const keys = keysInFileOrder(json.channel_names);
  channels?.forEach((name, index) => change(['channel_names', keys[index]!], name));
  if (labels) {
    const before = renamableLabels(json.labels);
    const renamed = keysInFileOrder(json.labels).map((name) => {
      const place = before.indexOf(name);
      return [place < 0 ? name : labels[place]!, json.labels[name]!] as const;
    });
    change(['labels'], Object.fromEntries(renamed));
  }
  return edited;
}

function renamableLabels(labels: object): string[] {
  return keysInFileOrder(labels).filter((name) => name !== 'background' && name !== 'ignore');
}
