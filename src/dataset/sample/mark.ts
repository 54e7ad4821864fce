/** Is a dataset one of our samples, whatever its folder is called, or somebody's own? Said by its dataset.json. */
import type { DatasetJson } from '../../method/datasetJson';

const name = 'Sample';
const contents = 'of a body with two organs';

/** @param scans  their kind, e.g. "CT" */
export function sampleMark(scans: string, seed: number): { name: string; description: string } {
  return { name, description: `Synthetic ${scans} scans ${contents}, seed ${seed}` };
}

export function isSampleDataset(datasetJson: DatasetJson): boolean {
  return datasetJson.name === name && String(datasetJson.description).includes(contents);
}
