/** Does the extension start by itself only where there is something for it to do? */
import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventually, extension } from './extension';

export function activation(): void {
  describe('activation', () => {
    it('waits until something of nnU-Net is opened, or a folder that holds datasets or trainings', () => {
      const events = extension().packageJSON.activationEvents as string[];
      assert.deepEqual(events, [
        'workspaceContains:nnUNet_results/.nnunet',
        'workspaceContains:nnUNet_raw',
        'workspaceContains:dataset.json',
      ]);
      // A pattern would make VS Code search through every folder that is opened.
      assert.ok(events.every((event) => !/[*?]/.test(event)));
    });

    it('explains and checks a dataset.json without anybody having opened a view', () =>
      eventually(() => assert.ok(extension().isActive)));
  });
}
