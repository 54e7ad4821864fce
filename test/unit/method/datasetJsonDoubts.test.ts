import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validateDatasetJson } from '../../../src/method/datasetJson';
import { doubtsAbout } from '../../../src/method/datasetJsonDoubts';
import { parseJson } from '../../../src/method/jsonReader';

function doubts(labels: object, order?: number[], channels = '{"0": "T1"}') {
  const text = `{"channel_names": ${channels}, "labels": ${JSON.stringify(labels)}, "numTraining": 5, "file_ending": ".nii.gz",
    "regions_class_order": ${JSON.stringify(order ?? null)}}`;
  return doubtsAbout(validateDatasetJson(parseJson(text)));
}

const tumour = { background: 0, whole_tumor: [1, 2, 3, 4], tumor_core: [1, 2, 3], enhancing_tumor: 1 };

describe('doubts about dataset.json', () => {
  it('says which value would be read as which region, and which order is right', () => {
    const [doubt] = doubts(tumour, [1, 2, 3]);
    assert.equal(doubt!.code, 'regions-order');
    assert.match(doubt!.message, /label 4 is written as 1, which is read as tumor_core and enhancing_tumor/);
    assert.match(doubt!.message, /label 1 is written as 3, which is not read as enhancing_tumor/);
    assert.match(doubt!.message, /\[4,2,1\] would agree/);
    assert.deepEqual(doubt!.keyPath, ['regions_class_order']);
  });

  it('has none about orders that agree with the labels', () => {
    assert.deepEqual(doubts(tumour, [4, 2, 1]), []);
    assert.deepEqual(doubts(tumour, [4, 3, 1]), []);
    // BraTS as nnU-Net's documentation has it, KiTS, and separate regions
    assert.deepEqual(doubts({ background: 0, whole: [1, 2, 3], core: [2, 3], enhancing: 3 }, [1, 2, 3]), []);
    assert.deepEqual(doubts({ background: 0, kidney: [1, 2, 3], masses: [2, 3], tumour: 2 }, [1, 3, 2]), []);
    assert.deepEqual(doubts({ background: 0, left: [1, 2], right: [3, 4], ignore: 5 }, [2, 3]), []);
  });

  it('says where the regions stand in the wrong order', () => {
    const [doubt] = doubts({ background: 0, core: [2], whole: [1, 2] }, [2, 1]);
    assert.match(doubt!.message, /label 2 is written as 1, which is not read as core.*list large regions first/);
  });

  it('warns of channel keys that nnU-Net does not count', () => {
    const [order] = doubts({ background: 0, a: 1 }, undefined, '{"2": "PET", "0": "T1", "1": "CT"}');
    assert.deepEqual([order!.code, order!.severity], ['channel-keys', 'warning']);
    assert.match(order!.message, /"PET" is channel 0, "T1" is channel 1, "CT" is channel 2/);
    const [gap] = doubts({ background: 0, a: 1 }, undefined, '{"0": "T1", "1": "CT", "3": "PET"}');
    assert.match(gap!.message, /as by nnU-Net: .*"PET" is channel 2\. This may stay/);
    assert.ok(!order!.message.includes('may stay'));
  });

  it('warns of an "Ignore" that is not ignored', () => {
    const [doubt] = doubts({ background: 0, a: 1, Ignore: 2 });
    assert.deepEqual([doubt!.code, doubt!.keyPath], ['label-ignore-spelling', ['labels', 'Ignore']]);
  });
});
