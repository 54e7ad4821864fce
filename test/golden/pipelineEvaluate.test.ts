import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { validateDatasetJson } from '../../src/method/datasetJson';
import { readSummary, type Summary } from '../../src/method/evaluation';
import { parseJson } from '../../src/method/jsonReader';
import { evaluateStage } from '../../src/pipeline/evaluate';
import type { ReaderName } from '../../src/images/types';
import { describeShared, sharedPath } from '../shared';

const read = (file: string) => parseJson(fs.readFileSync(file, 'utf8'), file);

async function evaluate(
  referenceFolder: string,
  predictionFolder: string,
  datasetJsonFile: string,
  reader: ReaderName,
): Promise<Summary> {
  return evaluateStage({
    referenceFolder,
    predictionFolder,
    datasetJson: validateDatasetJson(read(datasetJsonFile), datasetJsonFile),
    reader,
    progress: () => undefined,
    warn: () => undefined,
  });
}

/** Paths aside, which are another machine's. */
const figures = ({ foreground_mean, mean, metric_per_case }: Summary) => ({
  foreground_mean,
  mean,
  cases: metric_per_case.map(({ metrics }) => metrics),
});

describeShared('evaluating', () => {
  it("gives the golden run's summary", async () => {
    const fold = sharedPath('spec/golden/nnUNet_results/Dataset777_Toy/nnUNetTrainer__nnUNetPlans__3d_small/fold_0');
    const expected = readSummary(fs.readFileSync(join(fold, 'validation/summary.json'), 'utf8'));
    const summary = await evaluate(
      sharedPath('spec/golden/nnUNet_preprocessed/Dataset777_Toy/gt_segmentations'),
      join(fold, 'validation'),
      sharedPath('spec/golden/nnUNet_raw/Dataset777_Toy/dataset.json'),
      'NibabelIO',
    );
    assert.deepEqual(figures(summary), figures(expected));
  });

  it('gives the Dice that a real run of 2023 reports for its hippocampus predictions', async () => {
    const run = sharedPath('data/hippocampus/reference-50epochs');
    const folders = fs.readdirSync(join(run, 'validation-predictions'), { withFileTypes: true });
    const predictions = folders.some((entry) => entry.isDirectory())
      ? folders.filter((entry) => entry.isDirectory()).map(({ name }) => join(run, 'validation-predictions', name))
      : [join(run, 'validation-predictions')];
    const expected = new Map<string, number[]>();
    for (const fold of [0, 1, 2]) {
      for (const { metrics, prediction_file } of readSummary(read(join(run, `fold_${fold}`, 'summary.json')))
        .metric_per_case) {
        expected.set(prediction_file.split(/[\\/]/).at(-1)!, [metrics['1']!.Dice, metrics['2']!.Dice]);
      }
    }
    let compared = 0;
    for (const folder of predictions) {
      const summary = await evaluate(
        sharedPath('data/hippocampus/labelsTr'),
        folder,
        join(run, 'dataset.json'),
        'SimpleITKIO',
      );
      for (const { metrics, prediction_file } of summary.metric_per_case) {
        const reported = expected.get(prediction_file.split('/').at(-1)!);
        if (!reported) continue;
        assert.deepEqual([metrics['1']!.Dice, metrics['2']!.Dice], reported, prediction_file);
        compared += 1;
      }
    }
    assert.ok(compared > 50, `${compared} cases compared`);
  });
});
