import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJson } from '../../../src/method/jsonReader';
import { LabelManager, labelOrRegionKey, parseLabelOrRegionKey } from '../../../src/method/labels';

describe('labels', () => {
  const manager = new LabelManager({ labels: { background: 0, liver: 1, tumour: 2 } });

  it('have one output each, background included', () => {
    assert.equal(manager.usesRegions, false);
    assert.equal(manager.numHeads, 3);
    assert.deepEqual(manager.allLabels, [0, 1, 2]);
    assert.deepEqual(manager.foregroundLabels, [1, 2]);
    assert.deepEqual(manager.foregroundRegions, []);
    assert.deepEqual(manager.foreground, [1, 2]);
    assert.deepEqual(manager.foregroundNames, ['liver', 'tumour']);
    assert.equal(manager.labelNames.get(2), 'tumour');
    assert.equal(manager.labelNames.get(0), 'background');
  });

  it('ask for the positions of each foreground label', () => {
    assert.deepEqual(manager.locationRequests(), [[1], [2]]);
  });

  it('have no output for the ignore label, but ask for any annotated voxel', () => {
    const { numHeads, ignoreLabel, ...rest } = new LabelManager({ labels: { background: 0, liver: 1, ignore: 2 } });
    assert.equal(numHeads, 2);
    assert.equal(ignoreLabel, 2);
    assert.deepEqual(rest.allLabels, [0, 1]);
    assert.equal(rest.numDeclaredLabels, 3);
    const requests = new LabelManager({ labels: { background: 0, liver: 1, ignore: 2 } }).locationRequests();
    assert.deepEqual(requests, [[1], [-1, 0, 1]]);
  });

  it('do not become regions by a list of one value', () => {
    const manager = new LabelManager({ labels: { background: 0, liver: [1], tumour: 2 } });
    assert.equal(manager.usesRegions, false);
    assert.equal(manager.numHeads, 3);
    assert.equal(manager.labelNames.get(1), 'liver');
  });
});

describe('regions', () => {
  const manager = new LabelManager({
    labels: { background: 0, whole: [1, 2, 3], core: [2, 3], enhancing: 3, ignore: 4 },
    regions_class_order: [1, 2, 3],
  });

  it('have one output each, and none for the background', () => {
    assert.equal(manager.usesRegions, true);
    assert.equal(manager.numHeads, 3);
    assert.deepEqual(manager.foregroundRegions, [[1, 2, 3], [2, 3], [3]]);
    assert.deepEqual(manager.regionsClassOrder, [1, 2, 3]);
    assert.deepEqual(manager.foregroundLabels, [1, 2, 3]);
  });

  it('name the value that each of them is written as', () => {
    assert.deepEqual([...manager.labelNames.values()], ['background', 'enhancing', 'ignore', 'whole', 'core']);
  });

  it('ask for the positions of each region', () => {
    assert.deepEqual(manager.locationRequests(), [[1, 2, 3], [2, 3], [3], [-1, 0, 1, 2, 3]]);
  });

  it('stand in the order of the file even if their names look like numbers', () => {
    const labels = parseJson('{"background": 0, "2": [1, 2], "1": [2]}') as Record<string, number | number[]>;
    assert.deepEqual(new LabelManager({ labels, regions_class_order: [1, 2] }).foregroundRegions, [[1, 2], [2]]);
  });

  it('have the keys in summaries that Python gives tuples', () => {
    assert.deepEqual(manager.foreground.map(labelOrRegionKey), ['(1, 2, 3)', '(2, 3)', '3']);
    assert.equal(labelOrRegionKey([3]), '(3,)');
    for (const entry of [3, [3], [1, 2], 0]) assert.deepEqual(parseLabelOrRegionKey(labelOrRegionKey(entry)), entry);
    assert.equal(parseLabelOrRegionKey('liver'), undefined);
  });
});
