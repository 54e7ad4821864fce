/** Does the extension start only when asked to, and fast? */
import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { extension } from './extension';

const mostMilliseconds = 100;

export function activation(): void {
  describe('activation', () => {
    it('waits until something of nnU-Net is opened, or a folder in which trainings may be going on', () => {
      assert.deepEqual(extension().packageJSON.activationEvents, ['workspaceContains:nnUNet_results/.nnunet']);
      assert.equal(extension().isActive, false, 'it started with the window');
    });

    it(`takes less than ${mostMilliseconds} ms`, async () => {
      const start = performance.now();
      await extension().activate();
      const milliseconds = performance.now() - start;
      console.log(`activation: ${milliseconds.toFixed(1)} ms`);
      assert.ok(milliseconds < mostMilliseconds, `activation took ${milliseconds.toFixed(0)} ms`);
    });
  });
}
