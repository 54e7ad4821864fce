import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { archivedModels } from '../../../src/pipeline/exchange/archivedModels';

const model = 'nnUNetTrainer__nnUNetPlans__3d_fullres';
const own = ['plans.json', 'dataset.json', 'fold_0/checkpoint_final.pth', 'fold_all/checkpoint_best.pth'];
const below = (folder: string, files = own): string[] => files.map((file) => `${folder}/${file}`);

describe('models among the files of an archive', () => {
  it('are found wherever their folders lie', () => {
    for (const [prefix, dataset] of [
      [`x/Dataset004_H/${model}`, 'Dataset004_H'],
      [`x/nnUNet_results/Dataset004_H/${model}`, 'Dataset004_H'],
      [`Dataset004_H/${model}`, 'Dataset004_H'],
      [`x/${model}`, undefined],
      [model, undefined],
      [`${model}/${model}`, undefined],
    ] as const) {
      const { models, leftOut } = archivedModels(below(prefix));
      assert.deepEqual(leftOut, []);
      assert.deepEqual(
        models.map(({ name, dataset: found, folds }) => ({ name, dataset: found, folds })),
        [{ name: model, dataset, folds: [0, 'all'] }],
      );
      assert.deepEqual(
        models[0]!.files.map(({ place }) => place),
        own,
      );
    }
  });

  it('are found in folders of any name by what is in them', () => {
    const { models } = archivedModels(below('x/my best one'));
    assert.deepEqual(
      models.map(({ name, prefix }) => ({ name, prefix })),
      [{ name: undefined, prefix: 'x/my best one/' }],
    );
    assert.deepEqual(archivedModels(['x/plans.json', 'x/dataset.json']).models, []);
  });

  it('keep what belongs to them, and no probabilities, pickles or programs', () => {
    const dataset = 'x/Dataset004_H';
    const taken = [
      `${model}/dataset_fingerprint.json`,
      ...['debug.json', 'progress.png', 'validation/summary.json', 'validation/a.nii.gz'].map(
        (file) => `${model}/fold_0/${file}`,
      ),
      `${model}/crossval_results_folds_0_1/postprocessing.pkl`,
    ];
    const beside = ['inference_information.json', `ensembles/ensemble___${model}___${model}___0_1/postprocessing.pkl`];
    const left = [
      ...['validation/a.npz', 'validation/a.pkl', 'events.jsonl', 'validation/deeper/a.nii.gz'].map(
        (file) => `${model}/fold_0/${file}`,
      ),
      ...['run.sh', 'fold_0/.hidden', 'fold_0/validation/a:b.nii.gz', 'fold_0/checkpoint_other.pth'].map(
        (file) => `${model}/${file}`,
      ),
      ...['readme.md', 'ensembles/other/summary.json', 'a/inference_information.json'],
    ];
    const files = [
      ...below(`${dataset}/${model}`),
      ...[...taken, ...beside, ...left].map((file) => `${dataset}/${file}`),
    ];
    const found = archivedModels(files);
    assert.deepEqual(
      found.models[0]!.files.map(({ place }) => `${model}/${place}`),
      [...below(model), ...taken],
    );
    assert.deepEqual(
      found.datasetFiles.map(({ place }) => place),
      beside,
    );
    assert.deepEqual(
      found.leftOut,
      left.map((file) => `${dataset}/${file}`),
    );
  });

  it('are not hidden by what systems add', () => {
    const files = [...below(`x/${model}`), `x/__MACOSX/${model}/._plans.json`, `x/${model}/.DS_Store`];
    const { models, leftOut } = archivedModels(files);
    assert.deepEqual([models.length, leftOut], [1, []]);
  });

  it('of the first version are told by their folder or their files', () => {
    const first = 'nnUNetTrainerV2__nnUNetPlansv2.1';
    assert.equal(archivedModels([`x/3d_fullres/Task004_H/${first}/plans.pkl`]).version1, first);
    assert.equal(
      archivedModels(['x/fold_0/model_final_checkpoint.model']).version1,
      'x/fold_0/model_final_checkpoint.model',
    );
    assert.equal(archivedModels(below(`x/${model}`)).version1, undefined);
  });
});
