import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  readSurfaceSummary,
  summarizeSurfaces,
  surfaceToJson,
  type SurfaceCase,
  type SurfaceValues,
} from '../../../src/method/surfaceEvaluation';

const sizes = { area_ref: 10, area_pred: 12, volume_ref: 1.5, volume_pred: 1.25 };

function values(distance: number, NSD: number): SurfaceValues {
  return { HD95: distance, HD: distance, ASSD: distance, ASD_ref: distance, ASD_pred: distance, NSD, ...sizes };
}

function caseOf(metrics: Record<string, SurfaceValues>): SurfaceCase {
  return { metrics, prediction_file: 'masks/a.nii.gz', reference_file: 'labels/a.nii.gz' };
}

const cases = [
  caseOf({ '1': values(2, 0.5), '(1, 2)': values(NaN, NaN) }),
  caseOf({ '1': values(Infinity, 0), '(1, 2)': values(3, 1) }),
];
const about = { unit: 'mm', tolerance: 1 } as const;

describe('a summary of surfaces', () => {
  it('leaves infinite distances out of the means and counts them; NSD is 0 there', () => {
    const { mean, foreground_mean } = summarizeSurfaces(cases, [1, [1, 2]], about);
    assert.deepEqual([mean['1']!.HD95, mean['1']!.NSD, mean['1']!.infinite], [2, 0.25, 1]);
    assert.deepEqual([mean['(1, 2)']!.HD95, mean['(1, 2)']!.NSD, mean['(1, 2)']!.infinite], [3, 1, 0]);
    assert.deepEqual([foreground_mean.HD95, foreground_mean.NSD, foreground_mean.infinite], [2.5, 0.625, 1]);
  });

  it('is written as Python writes JSON, with its units and tolerance, and comes back the same', () => {
    const summary = summarizeSurfaces(cases, [1, [1, 2]], about);
    const text = surfaceToJson(summary);
    assert.match(text, /"HD95": Infinity/);
    assert.match(text, /"distance": "mm"/);
    assert.deepEqual(readSurfaceSummary(text, 'surface.json'), summary);
    const pixels = summarizeSurfaces(cases, [1, [1, 2]], { unit: 'pixel', tolerance: 2 });
    assert.deepEqual(readSurfaceSummary(surfaceToJson(pixels), 'surface.json'), pixels);
  });

  it('needs a case, and refuses files that are something else', () => {
    assert.throws(() => summarizeSurfaces([], [1], about), { code: 'no-cases' });
    for (const text of ['[]', '{"mean": {}}', '{"tolerance": 1, "metric_per_case": [{}]}']) {
      assert.throws(() => readSurfaceSummary(text, 'surface.json'), { code: 'surface-invalid' }, text);
    }
    const text = surfaceToJson(summarizeSurfaces(cases, [1, [1, 2]], about)).replaceAll(
      /"HD95": [\d.]+/g,
      '"HD95": "2"',
    );
    assert.throws(() => readSurfaceSummary(text, 'surface.json'), { code: 'surface-invalid' });
  });
});
