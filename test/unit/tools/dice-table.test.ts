import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { repositoryRoot } from '../../shared';

it('dice-table.mjs names the labels and says none where a label is in no case', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nnunet-dice-'));
  try {
    const dataset = join(folder, 'dataset.json');
    const summary = join(folder, 'summary.json');
    writeFileSync(dataset, '{"labels": {"background": 0, "liver": 1, "spleen": 2}}');
    writeFileSync(
      summary,
      `{"metric_per_case": [{}, {}], "mean": {"1": {"Dice": 0.91234}, "2": {"Dice": NaN}}, "foreground_mean": {"Dice": NaN}}`,
    );
    const script = join(repositoryRoot, 'tools/dice-table.mjs');
    const printed = execFileSync(process.execPath, [script, dataset, 'test cases', summary], { encoding: 'utf8' });
    assert.deepEqual(printed.trim().split(/\n */), [
      'Dice, test cases (2)',
      'liver                      0.912',
      'spleen                      none',
      'mean                        none',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
