/** Does the extension start only when asked to, and fast? */
import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { extension } from './extension';

const mostMilliseconds = 100;

export function activation(): void {
  describe('activation', () => {
    it('waits until something of nnU-Net is opened', () => {
      assert.deepEqual(extension().packageJSON.activationEvents, []);
    });

    it(`takes less than ${mostMilliseconds} ms`, async function () {
      const wasActive = extension().isActive;
      const start = performance.now();
      await extension().activate();
      const milliseconds = performance.now() - start;
      if (wasActive) return this.skip(); // A view that was visible at the start was faster than this test.
      console.log(`activation: ${milliseconds.toFixed(1)} ms`);
      assert.ok(milliseconds < mostMilliseconds, `activation took ${milliseconds.toFixed(0)} ms`);
    });
  });
}
