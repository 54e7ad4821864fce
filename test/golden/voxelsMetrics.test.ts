import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { readSegmentation } from '../../src/images/volumes';
import { parseJson } from '../../src/method/jsonReader';
import { confusionCounts } from '../../src/voxels/metrics';
import { describeShared, sharedPath } from '../shared';

const fold = (...parts: string[]) =>
  sharedPath(
    'spec/golden/nnUNet_results/Dataset777_Toy/nnUNetTrainer__nnUNetPlans__3d_small/fold_0/validation',
    ...parts,
  );

interface CaseMetrics {
  prediction_file: string;
  metrics: Record<string, Record<string, number>>;
}

describeShared("nnU-Net's evaluation", () => {
  it('counts the same voxels as summary.json', async () => {
    const summary = parseJson(readFileSync(fold('summary.json'), 'utf8')) as { metric_per_case: CaseMetrics[] };
    assert.equal(summary.metric_per_case.length, 2);
    for (const { prediction_file: file, metrics } of summary.metric_per_case) {
      const name = file.split('/').at(-1)!;
      const prediction = await readSegmentation(fold(name), 'NibabelIO');
      const reference = await readSegmentation(
        sharedPath('spec/golden/nnUNet_preprocessed/Dataset777_Toy/gt_segmentations', name),
        'NibabelIO',
      );
      const counts = await confusionCounts(reference.data, prediction.data, [[1], [2]]);
      for (const [index, label] of ['1', '2'].entries()) {
        const { TP: tp, FP: fp, FN: fn, TN: tn } = metrics[label]!;
        assert.deepEqual(counts[index], { tp, fp, fn, tn });
      }
    }
  });
});
