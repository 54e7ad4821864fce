import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { writeScan } from '../../../src/dataset/scans';
import { writeVolume } from '../../../src/images/write';
import type { Geometry, Shape3 } from '../../../src/geometry/types';
import { readSurfaceSummary } from '../../../src/method/surfaceEvaluation';
import { evaluateStage } from '../../../src/pipeline/evaluate';
import { scratchFolder } from '../dataset/scratch';

const shape: Shape3 = [10, 12, 14];
const grid: Geometry = {
  spacing: [0.5, 1, 2],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const labels = { background: 0, box: 1, other: 2 };

/** A box of 4 x 4 x 4 voxels whose lowest x is `low`. */
function box(low: number, label = 1): Uint8Array {
  return Uint8Array.from({ length: 10 * 12 * 14 }, (_, at) => {
    const [x, y, z] = [at % 14, Math.floor(at / 14) % 12, Math.floor(at / 168)] as const;
    return x >= low && x < low + 4 && y >= 3 && y < 7 && z >= 3 && z < 7 ? label : 0;
  });
}

async function evaluated(test: TestContext, reference: Uint8Array, prediction: Uint8Array, ending = '.nii.gz') {
  const root = await scratchFolder(test);
  const [referenceFolder, predictionFolder] = [join(root, 'labels'), join(root, 'masks')];
  for (const [folder, voxels] of [
    [referenceFolder, reference],
    [predictionFolder, prediction],
  ] as const) {
    await mkdir(folder);
    const file = join(folder, `a${ending}`);
    if (ending === '.nii.gz') await writeScan(file, voxels, shape, grid);
    else await writeVolume(file, voxels.slice(3 * 168, 4 * 168), [1, 12, 14]);
  }
  const options = {
    referenceFolder,
    predictionFolder,
    datasetJson: { channel_names: { 0: 'CT' }, labels, file_ending: ending },
    reader: ending === '.nii.gz' ? ('SimpleITKIO' as const) : ('NaturalImage2DIO' as const),
    output: join(root, 'summary.json'),
    progress: () => undefined,
    warn: () => undefined,
  };
  return { options, output: join(root, 'surface.json') };
}

describe('surfaces in an evaluation', () => {
  it('are compared in mm, and written beside a summary that stays as it is', async (test) => {
    const { options, output } = await evaluated(test, box(3), box(6));
    await evaluateStage(options);
    const summary = await readFile(options.output, 'utf8');
    assert.ok(!existsSync(output), 'not asked for');
    await evaluateStage({ ...options, surface: { tolerance: 1.5, output } });
    assert.equal(await readFile(options.output, 'utf8'), summary);
    const { unit, tolerance, mean, metric_per_case } = readSurfaceSummary(await readFile(output, 'utf8'), output);
    assert.deepEqual([unit, tolerance], ['mm', 1.5]);
    // Three voxels of 0.5 mm along x.
    const values = metric_per_case[0]!.metrics['1']!;
    assert.ok(Math.abs(values.HD - 1.5) < 1e-6, String(values.HD));
    assert.equal(values.NSD, 1);
    assert.ok(Math.abs(values.volume_ref - 0.064) < 1e-9, '64 voxels of 1 mm³ in ml');
    assert.ok(Number.isNaN(metric_per_case[0]!.metrics['2']!.HD95), 'in neither mask');
    assert.ok(Math.abs(mean['1']!.HD95 - 1.5) < 1e-6);
  });

  it('of a class in one mask only are infinitely far apart', async (test) => {
    const { options, output } = await evaluated(test, box(3, 2), box(3, 1));
    await evaluateStage({ ...options, surface: { tolerance: 1, output } });
    const { mean, foreground_mean } = readSurfaceSummary(await readFile(output, 'utf8'), output);
    assert.deepEqual([mean['1']!.infinite, mean['1']!.NSD], [1, 0]);
    assert.equal(foreground_mean.infinite, 2);
  });

  it('of pictures are contours, in pixels', async (test) => {
    const { options, output } = await evaluated(test, box(3), box(5), '.png');
    await evaluateStage({ ...options, surface: { tolerance: 2, output } });
    const { unit, metric_per_case } = readSurfaceSummary(await readFile(output, 'utf8'), output);
    const { HD, NSD, volume_pred, area_ref } = metric_per_case[0]!.metrics['1']!;
    assert.deepEqual([unit, volume_pred, NSD], ['pixel', 16, 1]);
    assert.ok(Math.abs(HD - 2) < 1e-6);
    // Four sides of three pixels, and four bevelled corners.
    assert.ok(Math.abs(area_ref - (12 + 4 * Math.SQRT1_2)) < 1e-9, String(area_ref));
  });

  it('replace no file that is no surface.json', async (test) => {
    const { options, output } = await evaluated(test, box(3), box(5));
    await writeFile(output, '{"mine": true}');
    await assert.rejects(evaluateStage({ ...options, surface: { tolerance: 1, output } }), { code: 'output-exists' });
    assert.ok(!existsSync(options.output), 'nothing is written');
  });
});
