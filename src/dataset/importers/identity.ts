/** Chooses number and name of a new dataset: as asked, as the source suggests, or the lowest free number. */
import { basename, dirname } from 'node:path';
import { DatasetError } from '../../method/errors';
import { type DatasetName, datasetFolderName, safeName } from '../names';
import { listDatasets, lowestFreeId } from '../references';
import { type Roots, rootFolderNames, rootsBelow } from '../roots';

interface IdentityWish {
  id?: number | undefined;
  name?: string | undefined;
  suggestedId?: number | undefined;
  suggestedName: string;
}

export async function chooseIdentity(wish: IdentityWish, rawRoot: string, report: string[]): Promise<DatasetName> {
  const datasets = await listDatasets(rootsAround(rawRoot));
  const name = chooseName(wish, report);
  const taken = (id: number) => datasets.find((dataset) => dataset.id === id);
  if (wish.id !== undefined) {
    if (!Number.isInteger(wish.id) || wish.id < 1 || wish.id > 999) {
      throw new DatasetError('dataset-id', `A dataset's number must be 1 to 999, not ${wish.id}`);
    }
    const owner = taken(wish.id);
    if (owner) {
      throw new DatasetError('dataset-id-taken', `Number ${wish.id} belongs to ${owner.folderName} already`, {
        where: rawRoot,
        hint: `Leave the number out, or take ${lowestFreeId(datasets)}.`,
      });
    }
    return { id: wish.id, name };
  }
  if (wish.suggestedId !== undefined && wish.suggestedId >= 1 && wish.suggestedId <= 999) {
    const owner = taken(wish.suggestedId);
    if (!owner) return { id: wish.suggestedId, name };
    report.push(`Number ${wish.suggestedId} belongs to ${owner.folderName} already.`);
  }
  const id = lowestFreeId(datasets);
  report.push(`The dataset is called ${datasetFolderName({ id, name })}: ${id} is the lowest free number.`);
  return { id, name };
}

function chooseName({ name, suggestedName }: IdentityWish, report: string[]): string {
  if (name === undefined) return suggestedName;
  const safe = safeName(name);
  if (!safe) throw new DatasetError('dataset-name', `"${name}" has no letter or digit to make a name of`);
  if (safe !== name) report.push(`The name "${name}" became "${safe}": letters, digits, _ and - only.`);
  return safe;
}

/** Numbers must be unique over all three roots; the others are looked for beside the raw root. */
function rootsAround(rawRoot: string): Roots {
  const beside = rootsBelow(dirname(rawRoot));
  return basename(rawRoot) === rootFolderNames.raw
    ? beside
    : { ...beside, raw: rawRoot, preprocessed: rawRoot, results: rawRoot };
}
