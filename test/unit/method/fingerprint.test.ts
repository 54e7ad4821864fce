import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  fingerprintToJson,
  requireUsableIntensities,
  validateFingerprint,
  type Fingerprint,
} from '../../../src/method/fingerprint';

const intensities = { mean: 1, median: 2, std: 3, min: 0, max: 9, percentile_99_5: 8.5, percentile_00_5: NaN };
const valid: Fingerprint = {
  spacings: [[3, 1, 1]],
  shapes_after_crop: [[20, 256, 256]],
  foreground_intensity_properties_per_channel: { '0': intensities },
  median_relative_size_after_cropping: 1,
};

describe('the fingerprint', () => {
  it('passes when it is complete; statistics may be NaN', () => {
    assert.deepEqual(validateFingerprint(valid), valid);
  });

  it('is refused for planning without foreground, or where a CT would be normalised with infinity', () => {
    const with0 = (changes: object): Fingerprint => ({
      ...valid,
      foreground_intensity_properties_per_channel: { '0': { ...intensities, percentile_00_5: 0.5, ...changes } },
    });
    const none = { mean: NaN, median: NaN, std: NaN, min: NaN, max: NaN, percentile_99_5: NaN, percentile_00_5: NaN };
    assert.throws(() => requireUsableIntensities(with0(none), ['MRI']), { code: 'no-foreground' });
    assert.throws(() => requireUsableIntensities(with0({ std: 1e30, max: 3.4e38 }), ['CT']), {
      code: 'intensities-overflow',
      message: /3\.4e\+38/,
    });
    requireUsableIntensities(with0({ std: 1e30 }), ['MRI']);
    requireUsableIntensities(with0({}), ['CT']);
  });

  it('is refused with the key of what is wrong', () => {
    const mistakes: [Record<string, unknown>, RegExp][] = [
      [{ spacings: [] }, /spacings$/],
      [{ spacings: [[3, 1]] }, /spacings\.0$/],
      [{ spacings: [[3, 1, 0]] }, /spacings\.0$/],
      [{ shapes_after_crop: [] }, /shapes_after_crop$/],
      [{ shapes_after_crop: [[20, 256, 2.5]] }, /shapes_after_crop\.0$/],
      [{ median_relative_size_after_cropping: null }, /median_relative_size_after_cropping$/],
      [{ foreground_intensity_properties_per_channel: { '0': { mean: 1 } } }, /per_channel\.0$/],
    ];
    for (const [changes, where] of mistakes) {
      assert.throws(() => validateFingerprint({ ...valid, ...changes }), { code: 'fingerprint-invalid', where });
    }
    assert.throws(() => validateFingerprint(null), { code: 'fingerprint-invalid' });
  });

  it('writes spacings and statistics as floats, shapes as integers, keys sorted', () => {
    const text = fingerprintToJson(valid).replace(/\s/g, '');
    assert.ok(text.startsWith('{"foreground_intensity_properties_per_channel":{"0":{"max":9.0,"mean":1.0,'), text);
    assert.ok(text.endsWith('"shapes_after_crop":[[20,256,256]],"spacings":[[3.0,1.0,1.0]]}'), text);
    assert.match(text, /"percentile_00_5":NaN/);
  });

  it('keeps whole spacings whole for readers that give integers', () => {
    assert.match(fingerprintToJson(valid, true).replace(/\s/g, ''), /"spacings":\[\[3,1,1\]\]/);
  });
});
