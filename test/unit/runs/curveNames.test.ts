import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { distinctNames } from '../../../src/runs/curveNames';

function training(dataset: string, model: string, fold: string, path = `/r/${dataset}/${model}/fold_${fold}`) {
  return { path, names: { dataset, model, configuration: model.split('__')[2] ?? '', fold, classNames: [] } };
}

const usual = 'nnUNetTrainer__nnUNetPlans__3d_fullres';

describe('names of trainings', () => {
  it('hold configuration and fold, and what else is needed to tell them apart', () => {
    const first = training('Dataset004_Hippocampus', usual, '0');
    assert.deepEqual(distinctNames([first]), ['3d_fullres fold 0']);
    assert.deepEqual(distinctNames([first, training('Dataset002_Heart', usual, 'all')]), [
      '004 Hippocampus 3d_fullres fold 0',
      '002 Heart 3d_fullres all cases',
    ]);
    assert.deepEqual(
      distinctNames([first, training('Dataset004_Hippocampus', 'nnUNetTrainer__resenc__3d_fullres', '0')]),
      ['nnUNetTrainer nnUNetPlans 3d_fullres fold 0', 'nnUNetTrainer resenc 3d_fullres fold 0'],
    );
  });

  it('come from the place where nothing else is known, and where two would be the same', () => {
    assert.deepEqual(distinctNames([training('', '', '', '/home/me/lesions/log.txt')]), ['lesions/log.txt']);
    const copies = [training('', usual, '0', '/a/one/fold_0'), training('', usual, '0', '/a/two/fold_0')];
    assert.deepEqual(distinctNames(copies), ['3d_fullres fold 0 (one/fold_0)', '3d_fullres fold 0 (two/fold_0)']);
  });
});
