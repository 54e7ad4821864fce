/** The addon given what no memory holds and what makes no sense: an error with a code each time, never the end of the process. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { nativeFolder } from '../../../src/engine/locate';

const addon = join(nativeFolder(), 'nnunet_voxels.node');

/** Runs `call` on the addon in a process of its own. @returns the code or the name of its error */
function provoke(call: string): string {
  const script = `
    const voxels = require(${JSON.stringify(addon)});
    const far = [1e5, 1e5, 1e5];
    const beyond = [2 ** 32, 2 ** 32, 2 ** 32];
    const unit = [1, 1, 1];
    const linear = { order: 1, orderZ: 0, forceSeparateZ: null };
    const none = new Float32Array(0);
    const eight = new Float32Array(8);
    const exporting = (shape, resampledShape, fullShape) => ({
      heads: 1, shape, resampledShape, spacing: unit, resampledSpacing: unit, order: 1, orderZ: 0, forceSeparateZ: null,
      regionsClassOrder: null, fullShape, boxLow: [0, 0, 0], boxHigh: resampledShape, transposeBackward: [0, 1, 2],
    });
    void (async () => {
      try {
        await (${call});
        console.log('nothing');
      } catch (error) {
        console.log(error.code ?? error.name);
      }
    })();`;
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

const provocations: Record<string, [call: string, expected: string]> = {
  'a Gaussian of a petabyte': ['voxels.gaussianImportance(far)', 'out-of-memory'],
  'a Gaussian of more voxels than can be counted': ['voxels.gaussianImportance(beyond)', 'too-large'],
  'a window of a petabyte': ['new voxels.WindowAccumulator(3, far, [8, 8, 8], null)', 'out-of-memory'],
  'a window of more voxels than can be counted': [
    'new voxels.WindowAccumulator(3, beyond, [8, 8, 8], null)',
    'too-large',
  ],
  'a patch without voxels': ['new voxels.WindowAccumulator(1, [8, 8, 8], [8, 8, 0], null)', 'bad-window'],
  'more steps than anyone waits for': ['voxels.windowStarts(2 ** 52, 1, 1e-9)', 'bad-step'],
  'resampling to a petabyte': [
    'voxels.resampleImage(eight, [1, 2, 2, 2], far, unit, unit, linear, {})',
    'out-of-memory',
  ],
  'resampling to more voxels than can be counted': [
    'voxels.resampleImage(eight, [1, 2, 2, 2], beyond, unit, unit, linear, {})',
    'too-large',
  ],
  'extents whose product overflows to 0': [
    'voxels.resampleImage(none, [2 ** 32, 2 ** 32, 1, 1], unit, unit, unit, linear, {})',
    'too-large',
  ],
  'labels whose extents overflow to 0': [
    'voxels.classLocations(new Int16Array(0), [2 ** 32, 2 ** 32, 1], [[1]], {})',
    'too-large',
  ],
  'cropping extents that overflow to 0': [
    'voxels.cropToNonzero(none, [2 ** 32, 2 ** 32, 1, 1], null, {})',
    'too-large',
  ],
  'exporting into a petabyte': [
    'voxels.exportLogits(eight, exporting([2, 2, 2], [2, 2, 2], far), false, {})',
    'out-of-memory',
  ],
  'exporting from extents that overflow': [
    'voxels.exportLogits(eight, exporting(beyond, [2, 2, 2], [2, 2, 2]), false, {})',
    'too-large',
  ],
  'a job without arguments': ['voxels.resampleImage()', 'TypeError'],
  'a cancellation that is none': ['voxels.cancel({})', 'TypeError'],
};

for (const [name, [call, expected]] of Object.entries(provocations)) {
  it(`${name}: ${expected}`, () => {
    assert.equal(provoke(call), expected);
  });
}
