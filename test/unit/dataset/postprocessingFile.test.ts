import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { postprocessingJson, postprocessingPickle, readPostprocessing } from '../../../src/dataset/postprocessingFile';
import { PickleGlobal, tuple, type PickleValue } from '../../../src/engine/pickleValues';
import { writePickle } from '../../../src/engine/pickleWriter';
import { caseMetrics, summarize } from '../../../src/method/evaluation';
import type { PostprocessingStep } from '../../../src/method/postprocessing';
import { scratchFolder } from './scratch';

/** Of nnU-Net 2.8.1: all foreground labels, label 2, region (1, 2); its label values are numpy's. */
const written =
  'gAWVNgEAAAAAAABdlCiMM25udW5ldHYyLnBvc3Rwcm9jZXNzaW5nLnJlbW92ZV9jb25uZWN0ZWRfY29tcG9uZW50c5SMMnJlbW92ZV9hbGxfYnV0X2xhcmdlc3RfY29tcG9uZW50X2Zyb21fc2VnbWVudGF0aW9ulJOUaANoA2VdlCh9lIwRbGFiZWxzX29yX3JlZ2lvbnOUXZQojBZudW1weS5fY29yZS5tdWx0aWFycmF5lIwGc2NhbGFylJOUjAVudW1weZSMBWR0eXBllJOUjAJpOJSJiIeUUpQoSwOMATyUTk5OSv////9K/////0sAdJRiQwgBAAAAAAAAAJSGlFKUaApoEEMIAgAAAAAAAACUhpRSlGVzfZRoBmgKaBBDCAIAAAAAAAAAlIaUUpRzfZRoBksBSwKGlHNlhpQu';
const steps: PostprocessingStep[] = [{ together: [1, 2] }, { alone: 2 }, { alone: [1, 2] }];
const path = {
  module: 'nnunetv2.postprocessing.remove_connected_components',
  name: 'remove_all_but_largest_component_from_segmentation',
};
const keepLargest = new PickleGlobal(path.module, path.name);

describe('postprocessing.pkl', () => {
  it('of nnU-Net is read, and ours comes back the same', async (test) => {
    const folder = await scratchFolder(test);
    const file = join(folder, 'postprocessing.pkl');
    for (const bytes of [Buffer.from(written, 'base64'), postprocessingPickle(steps)]) {
      await writeFile(file, bytes);
      assert.deepEqual(await readPostprocessing(file), steps);
    }
    await writeFile(file, postprocessingPickle([]));
    assert.deepEqual(await readPostprocessing(file), []);
  });

  it('of anything else is refused with its place', async (test) => {
    const folder = await scratchFolder(test);
    const file = join(folder, 'postprocessing.pkl');
    const argument = new Map([['labels_or_regions', 1]]);
    const bad: [PickleValue, string][] = [
      [tuple([keepLargest], []), 'postprocessing-invalid'],
      [tuple([keepLargest], [new Map([['labels_or_regions', 'liver']])]), 'postprocessing-invalid'],
      [
        tuple([keepLargest], [new Map<PickleValue, PickleValue>([...argument, ['background_label', 3]])]),
        'postprocessing-invalid',
      ],
      [tuple([new PickleGlobal('numpy', 'ndarray')], [argument]), 'postprocessing-invalid'],
      [[keepLargest], 'postprocessing-invalid'],
      [tuple([new PickleGlobal('os', 'system')], [argument]), 'unsafe-pickle'],
    ];
    for (const [value, code] of bad) {
      await writeFile(file, writePickle(value));
      await assert.rejects(readPostprocessing(file), { code, where: file });
    }
    await assert.rejects(readPostprocessing(join(folder, 'none.pkl')), { code: 'file-missing' });
  });

  it('has a JSON beside it that tells the steps and the means before and after', () => {
    const files = { prediction_file: 'p', reference_file: 'r' };
    const summary = summarize([caseMetrics([{ tp: 8, fp: 2, fn: 2, tn: 0 }], [1], files)], [1]);
    const json = JSON.parse(postprocessingJson({ steps, trials: [], before: summary, after: summary })) as Record<
      string,
      unknown
    >;
    assert.deepEqual(Object.keys(json), [
      'input_folder',
      // Ours: what else was tried.
      'nnunet_vscode_tried',
      'postprocessed',
      'postprocessing_fns',
      'postprocessing_kwargs',
    ]);
    assert.deepEqual(json.postprocessing_fns, [path.name, path.name, path.name]);
    assert.deepEqual(json.postprocessing_kwargs, [
      { labels_or_regions: [1, 2] },
      { labels_or_regions: 2 },
      { labels_or_regions: [1, 2] },
    ]);
    assert.equal((json.input_folder as { foreground_mean: { Dice: number } }).foreground_mean.Dice, 0.8);
  });
});
