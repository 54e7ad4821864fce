/** Which segmentation the volume page checks against which, and what it shows of files that come and go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SegmentationInfo, SegmentationSource } from '../../../src/protocol/volume';
import { comparedPair, isComparedUnasked, swapped, withPair } from '../../../webview/volume/roles';
import { initialState, presentPart, restoredState, shownAtFirst, type ViewState } from '../../../webview/volume/state';

const settings = { isRadiological: true, maskOpacity: 0.5 };

const file = (id: string, source: SegmentationSource, more: Partial<SegmentationInfo> = {}): SegmentationInfo => ({
  id,
  source,
  name: id,
  detail: `folder/${id}`,
  version: '1',
  ...more,
});

const label = file('label', 'label');
const model = file('model', 'prediction');
const manual = file('manual', 'file');

const state = (change: Partial<ViewState> = {}): ViewState => ({ ...initialState(settings), ...change });

/** Every order of some files. */
function orders(files: SegmentationInfo[]): SegmentationInfo[][] {
  if (files.length <= 1) return [files];
  return files.flatMap((one) => orders(files.filter((other) => other !== one)).map((rest) => [one, ...rest]));
}

describe('roles', () => {
  it('follow from what files are, in whichever order they came or were ticked', () => {
    for (const files of orders([label, model])) {
      for (const segmentations of [[], ['label', 'model'], ['model', 'label'], ['model'], ['label']])
        assert.deepEqual(comparedPair(files, state({ segmentations })), { prediction: 'model', reference: 'label' });
    }
    for (const files of orders([model, manual]))
      assert.deepEqual(comparedPair(files, state({ segmentations: ['model', 'manual'] })), {
        prediction: 'model',
        reference: 'manual',
      });
    for (const files of orders([model, manual, label]))
      assert.deepEqual(comparedPair(files, state({ segmentations: ['label', 'manual'] })), {
        prediction: 'manual',
        reference: 'label',
      });
  });

  it('of two files of one kind follow from their names, the shown one being checked', () => {
    const files = [file('run 10', 'prediction'), file('run 2', 'prediction')];
    for (const order of orders(files))
      assert.deepEqual(comparedPair(order, state()), { prediction: 'run 10', reference: 'run 2' });
    for (const order of orders([...files, label]))
      assert.deepEqual(comparedPair(order, state({ segmentations: ['run 10'] })), {
        prediction: 'run 10',
        reference: 'label',
      });
  });

  it('are what the person says, as long as both files are there', () => {
    const pair = { prediction: 'label', reference: 'model' };
    assert.deepEqual(comparedPair([label, model], state({ pair })), pair);
    assert.deepEqual(comparedPair([label, manual], state({ pair })), { prediction: 'manual', reference: 'label' });
    assert.equal(comparedPair([label], state({ pair })), undefined);
  });

  it('are swapped in the differences, too, and kept', () => {
    const pair = { prediction: 'model', reference: 'label' };
    const before = state({ layout: { kind: 'difference', ...pair } });
    const after = { ...before, ...withPair(before, swapped(pair)) };
    assert.deepEqual(after.layout, { kind: 'difference', prediction: 'label', reference: 'model' });
    assert.deepEqual(comparedPair([label, model], after), { prediction: 'label', reference: 'model' });
    assert.deepEqual(restoredState(JSON.parse(JSON.stringify(after)), settings).pair, swapped(pair));
    assert.equal(restoredState({ ...after, pair: { prediction: 3 } }, settings).pair, null);
  });

  it("let Dice be computed unasked for a model's mask against the label, and for nothing else", () => {
    const files = [label, model, manual];
    const unasked = (prediction: string, reference: string): boolean =>
      isComparedUnasked(files, { prediction, reference });
    assert.equal(unasked('model', 'label'), true);
    for (const [prediction, reference] of [
      ['label', 'model'],
      ['manual', 'label'],
      ['model', 'manual'],
      ['gone', 'label'],
    ] as const)
      assert.equal(unasked(prediction, reference), false, `${prediction} against ${reference}`);
  });
});

describe('what is shown', () => {
  it("is the case's label at first, or the colours of a label map that was opened alone", () => {
    const opened = file('opened', 'file', { isOpened: true });
    assert.deepEqual(shownAtFirst([model, label, manual]), ['label']);
    assert.deepEqual(shownAtFirst([model, opened]), ['opened']);
    assert.deepEqual(shownAtFirst([model, manual]), []);
  });

  it('comes back with the file', () => {
    const wished = {
      segmentations: ['model', 'manual'],
      layout: { kind: 'difference', prediction: 'model', reference: 'label' },
    } as const;
    const has = (ids: string[]) =>
      presentPart({ ...wished, segmentations: [...wished.segmentations] }, (id) => ids.includes(id));
    assert.deepEqual(has(['manual']), { segmentations: ['manual'], layout: { kind: 'planes' } });
    assert.deepEqual(has(['model', 'manual', 'label']), wished);
  });

  it('keeps own colours, and leaves what is none', () => {
    const colours = { 1: [255, 0, 10], 2: [1, 2], x: [0, 0, 0], 3: [0, 0, 256] };
    assert.deepEqual(restoredState({ ...state(), colours }, settings).colours, { 1: [255, 0, 10] });
  });
});
