/** Which models does somebody want to import, and is their archive to be believed? Found out before anything of it is unpacked. */
import { EngineError, StorageError } from '../../method/errors';
import { archivedModels, type ArchivedModels } from './archivedModels';
import { openModelSource, type ModelSource } from './modelSource';

/** plans.json and its like are read whole. */
const maxJsonBytes = 64 * 2 ** 20;
/** Weights hardly get smaller: what claims to is made to fill the disk. */
const maxRatioOfWeights = 100;

/** Before a job is begun. @throws as `modelsIn` and `openModelSource` */
export async function requireModelsIn(place: string): Promise<void> {
  const source = await openModelSource(place);
  try {
    modelsIn(source);
  } finally {
    await source.close();
  }
}

/** @throws EngineError `nnunet-version-1`, `not-a-model`, `several-datasets`, `model-twice`; StorageError `broken-zip` */
export function modelsIn(source: ModelSource): ArchivedModels {
  const { files, place } = source;
  const found = archivedModels(files.map(({ path }) => path));
  if (found.version1 !== undefined) {
    throw new EngineError(
      'nnunet-version-1',
      `This is a model of nnU-Net's first version (${found.version1}), which the second can't read`,
      {
        where: place,
        hint: 'Train it again with its dataset, which "nnunet import" takes, or ask for a model of version 2.',
      },
    );
  }
  if (found.models.length === 0) {
    throw new EngineError('not-a-model', 'There is no trained model of nnU-Net in it', {
      where: place,
      hint: 'A model has plans.json, dataset.json and folders fold_0, … with checkpoint_final.pth.',
    });
  }
  requireOneDataset(found, place);
  requireBelievable(source, found);
  return found;
}

function requireOneDataset({ models }: ArchivedModels, where: string): void {
  const hint = 'Import them one at a time: give the folder of one dataset or model, unpacked.';
  const datasets = [...new Set(models.map(({ dataset }) => dataset ?? 'one without a name'))];
  if (datasets.length > 1) {
    throw new EngineError('several-datasets', `It holds models of several datasets: ${datasets.join(', ')}`, {
      where,
      hint,
    });
  }
  const names = models.map(({ name }) => name).filter((name) => name !== undefined);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new EngineError('model-twice', `It holds ${twice} twice`, { where, hint });
}

function requireBelievable({ files, place }: ModelSource, { models, datasetFiles }: ArchivedModels): void {
  const taken = new Set([...models.flatMap((model) => model.files), ...datasetFiles].map(({ path }) => path));
  const liar = files.find(({ path, bytes, packedBytes }) => {
    if (!taken.has(path)) return false;
    return path.endsWith('.json')
      ? bytes > maxJsonBytes
      : isCheckpoint(path) && bytes > packedBytes * maxRatioOfWeights;
  });
  if (!liar) return;
  throw new StorageError('broken-zip', `"${liar.path}" claims an impossible size of ${liar.bytes} bytes`, {
    where: place,
    hint: 'It may be incomplete, or made to do harm: get it anew from somebody you trust.',
  });
}

const isCheckpoint = (path: string): boolean => /\/checkpoint_[^/]+$/.test(path);
