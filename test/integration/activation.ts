/** Does the extension start only when asked to, and without working first? */
import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { extension } from './extension';

/** For the development bundle on a busy machine; tools/bench/editor.cjs measures what is installed. */
const mostMilliseconds = 1000;

export function activation(): void {
  describe('activation', () => {
    it('waits until something of nnU-Net is opened, or a folder in which trainings may be going on', () => {
      assert.deepEqual(extension().packageJSON.activationEvents, ['workspaceContains:nnUNet_results/.nnunet']);
      assert.equal(extension().isActive, false, 'it started with the window');
    });

    it('does no work at the start', async () => {
      const start = performance.now();
      await extension().activate();
      const milliseconds = performance.now() - start;
      console.log(`activation: ${milliseconds.toFixed(1)} ms`);
      assert.ok(milliseconds < mostMilliseconds, `activation took ${milliseconds.toFixed(0)} ms`);
    });
  });
}
