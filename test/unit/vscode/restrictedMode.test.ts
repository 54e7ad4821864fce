import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commandsThatNeedTrust, inTrustedWindow } from '../../../src/vscode/restrictedMode';
import { repositoryRoot } from '../../shared';

const { contributes } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
type Command = { command: string; enablement?: string };

describe('Restricted Mode', () => {
  it('greys no command without a word: each can be asked for', () => {
    const greyed = contributes.commands.filter(({ enablement = '' }: Command) => /Trusted/i.test(enablement));
    assert.deepEqual(greyed, []);
    const contributed = contributes.commands.map(({ command }: Command) => command);
    for (const id of commandsThatNeedTrust) assert.ok(contributed.includes(id), id);
  });

  it('is asked of every command: those that run or write nothing are named here', () => {
    const contributed: string[] = contributes.commands.map(({ command }: Command) => command);
    const unguarded = contributed.filter((id) => !commandsThatNeedTrust.has(id));
    assert.deepEqual(unguarded.map((id) => id.replace('nnunet.', '')).sort(), [
      ...[
        'clearFilter',
        'compareNodes',
        'compareSegmentations',
        'copyCommand',
        'copyPath',
        'explainPlans',
        'filterDatasets',
        'openCurvesInEditor',
        'openJson',
        'openNode',
        'openResultsFolder',
        'openVolume',
        'openWalkthrough',
        'refreshExplorer',
        'refreshRuns',
        'revealFolder',
        'showBestModel',
        'showCurves',
        'showExperiments',
        'showFindings',
        'showLog',
        'showModelCard',
        'showResult',
        'showResults',
        'showRuns',
        'showSummary',
        'showWorstCase',
      ],
    ]);
  });

  it('says why a command does not run, until the window is trusted', () => {
    const said: string[] = [];
    let isTrusted = false;
    const window = { isTrusted: () => isTrusted, refuse: (why: string) => said.push(why) };
    const train = inTrustedWindow('nnunet.train', 'Train nnU-Net', (fold: number) => `fold ${fold}`, window);
    assert.equal(train(3), undefined);
    assert.deepEqual(said, ['This window is in Restricted Mode. "Train nnU-Net" needs a workspace that you trust.']);
    isTrusted = true;
    assert.equal(train(3), 'fold 3');
    assert.equal(said.length, 1);
  });

  it('lets everything be looked at', () => {
    const window = { isTrusted: () => false, refuse: assert.fail };
    for (const id of [
      'nnunet.openVolume',
      'nnunet.showCurves',
      'nnunet.compareSegmentations',
      'nnunet.showModelCard',
    ]) {
      assert.equal(inTrustedWindow(id, id, () => 'shown', window)(), 'shown');
    }
  });
});
