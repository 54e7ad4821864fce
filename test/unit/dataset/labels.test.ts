import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inferChannelNames, type ChannelSurvey } from '../../../src/dataset/importers/channelNames';
import { chooseFileEnding } from '../../../src/dataset/importers/formats';
import { type PartSurvey, addSurvey, mapLabels } from '../../../src/dataset/importers/labelMapping';
import { parseClassList } from '../../../src/dataset/importers/labelNames';
import { surveyLabel } from '../../../src/dataset/importers/labelSurvey';
import { keepsBytes } from '../../../src/dataset/importers/transfer';

function surveyed(files: Record<string, number[][]>): PartSurvey[] {
  const parts = new Map<string, PartSurvey>();
  for (const [part, all] of Object.entries(files)) {
    for (const values of all) addSurvey(parts, part, surveyLabel(values, 1, [2, 1, values.length / 2]));
  }
  return [...parts.values()];
}

describe('mapping label values', () => {
  it('keeps consecutive values', () => {
    const mapping = mapLabels(surveyed({ '': [[0, 1, 2, 0]] }), undefined, []);
    assert.equal(mapping.isIdentity, true);
    assert.deepEqual(
      [...mapping.labels],
      [
        ['background', 0],
        ['label_1', 1],
        ['label_2', 2],
      ],
    );
  });

  it('closes gaps and reports the mapping', () => {
    const mapping = mapLabels(
      surveyed({
        '': [
          [0, 5, 7, 0],
          [0, 6, 0, 0],
        ],
      }),
      undefined,
      [],
    );
    assert.deepEqual(
      [...mapping.parts[0]!.values],
      [
        [5, 1],
        [6, 2],
        [7, 3],
      ],
    );
    assert.match(mapping.report.join(), /5 -> 1, 6 -> 2, 7 -> 3/);
  });

  it('turns 255 into 1, also where other files write 1', () => {
    assert.deepEqual(
      [...mapLabels(surveyed({ '': [[0, 255]] }), undefined, ['spleen']).labels],
      [
        ['background', 0],
        ['spleen', 1],
      ],
    );
    const mixed = mapLabels(
      surveyed({
        '': [
          [0, 255],
          [0, 1],
        ],
      }),
      undefined,
      [],
    );
    assert.deepEqual(
      [...mixed.parts[0]!.values],
      [
        [1, 1],
        [255, 1],
      ],
    );
    assert.equal(mixed.labels.size, 2);
    const both = mapLabels(surveyed({ '': [[1, 255]] }), undefined, []);
    assert.equal(both.labels.size, 3);
  });

  it('takes 255 above several classes for the ignore label', () => {
    const mapping = mapLabels(surveyed({ '': [[0, 1, 2, 255]] }), undefined, []);
    assert.deepEqual(
      [...mapping.labels],
      [
        ['background', 0],
        ['label_1', 1],
        ['label_2', 2],
        ['ignore', 3],
      ],
    );
  });

  it('keeps declared classes that do not occur and names undeclared ones', () => {
    const mapping = mapLabels(
      surveyed({ '': [[0, 1, 3, 0]] }),
      new Map([
        [0, 'air'],
        [1, 'a'],
        [2, 'b'],
      ]),
      [],
    );
    assert.deepEqual(
      [...mapping.labels],
      [
        ['background', 0],
        ['a', 1],
        ['b', 2],
        ['label_3', 3],
      ],
    );
    assert.equal(mapping.isIdentity, true);
    assert.match(mapping.report.join(), /"air"/);
  });

  it('puts masks together, the larger structure below the smaller', () => {
    const mapping = mapLabels(surveyed({ lesion: [[0, 1, 0, 0]], cord: [[1, 1, 1, 0]] }), undefined, []);
    assert.deepEqual(
      [...mapping.labels],
      [
        ['background', 0],
        ['cord', 1],
        ['lesion', 2],
      ],
    );
    assert.deepEqual(
      mapping.parts.map(({ part }) => part),
      ['cord', 'lesion'],
    );
  });

  it('takes the plainly named file where parts hold several classes', () => {
    const mapping = mapLabels(surveyed({ rootlets: [[0, 5, 6, 7]], '': [[0, 1]] }), undefined, []);
    assert.deepEqual(
      mapping.parts.map(({ part }) => part),
      [''],
    );
    assert.match(mapping.report.join(), /not "rootlets"/);
  });
});

describe('surveying a label file', () => {
  const square = (value: (x: number, y: number) => number) =>
    Array.from({ length: 400 }, (_, i) => value(i % 20, Math.floor(i / 20)));

  it('tells soft edges from classes', () => {
    const edge = square((x) => (x < 9 ? 0 : x > 9 ? 255 : 130));
    assert.equal(surveyLabel(edge, 1, [1, 20, 20]).softEdges, true);
    const disc = square((x, y) => (x > 3 && x < 9 && y > 3 && y < 9 ? 128 : x < 15 ? 0 : 255));
    assert.equal(surveyLabel(disc, 1, [1, 20, 20]).softEdges, false);
  });

  it('reads colours, and grey written as colour', () => {
    const red = new Uint8Array([255, 0, 0, 0, 0, 0, 0, 0, 0]);
    const colour = surveyLabel(red, 3, [1, 1, 3]);
    assert.deepEqual(
      [...colour.counts],
      [
        [0xff0000, 1],
        [0, 2],
      ],
    );
    assert.equal(colour.colour, true);
    const grey = surveyLabel(new Uint8Array([7, 0, 7, 0, 7, 0]), 3, [1, 1, 2]);
    assert.deepEqual([[...grey.counts.keys()], grey.colour], [[7, 0], false]);
  });

  it('counts what is not a number and measures the distance to whole numbers', () => {
    const survey = surveyLabel(new Float32Array([0, NaN, Infinity, 1.25]), 1, [1, 2, 2]);
    assert.equal(survey.nonFinite, 2);
    assert.equal(survey.fraction, 0.25);
  });
});

describe('naming channels', () => {
  const volume: ChannelSurvey = { min: 0, max: 900, whole: true, components: 1, isPicture: false };
  const names = (survey: Partial<ChannelSurvey>[], words: string[], more: string[] = []) =>
    inferChannelNames(
      survey.map((one) => ({ ...volume, ...one })),
      words,
      more,
      [],
    );

  it('recognises CT by name or by Hounsfield units', () => {
    assert.deepEqual(names([{}], [''], ['case', 'ct']), ['CT']);
    assert.deepEqual(names([{ min: -1024, max: 2000 }], [''], ['case']), ['CT']);
    assert.deepEqual(names([{ min: -160, max: 240 }], ['']), ['CT']);
  });

  it('does not take z-scored or MR images for CT', () => {
    assert.deepEqual(names([{ min: -4, max: 9, whole: false }], ['']), ['MRI']);
    assert.deepEqual(names([{ min: -1000, max: 2000 }], [''], ['mr']), ['MRI']);
    assert.deepEqual(names([{ min: -1000, max: 2000 }], ['FLAIR']), ['FLAIR']);
  });

  it('names several channels after what tells their files apart', () => {
    assert.deepEqual(names([{}, {}, {}], ['flair', 't1w', 'mt0']), ['FLAIR', 'T1w', 'mt0']);
    assert.deepEqual(names([{}, {}], ['0000', '0001']), ['MRI_0', 'MRI_1']);
  });

  it('scales colour pictures as RGB and calls grey ones grey', () => {
    assert.deepEqual(names([{ components: 3, max: 255, isPicture: true }], ['']), [
      'rgb_to_0_1',
      'rgb_to_0_1',
      'rgb_to_0_1',
    ]);
    assert.deepEqual(names([{ isPicture: true }], ['']), ['grey']);
  });
});

describe('choosing the file ending', () => {
  it('keeps what nnU-Net reads and replaces what it does not', () => {
    const choose = (endings: string[], stacks = false) => chooseFileEnding(endings, stacks, []);
    assert.equal(choose(['.nrrd', '.nrrd'], true), '.nrrd');
    assert.equal(choose(['.jpg', '.jpeg', '.png']), '.png');
    assert.equal(choose(['.tiff']), '.tif');
    assert.equal(choose(['.tiff'], true), '.tiff');
    assert.equal(choose(['.mhd'], true), '.mha');
    assert.equal(choose(['.nii', '.nii.gz'], true), '.nii.gz');
    assert.equal(choose(['.nrrd', '.nii.gz'], true), '.nii.gz');
    assert.equal(choose(['.tif', '.png']), '.png');
  });

  it('knows where bytes can stay', () => {
    assert.equal(keepsBytes('.tiff', '.tif'), true);
    assert.equal(keepsBytes('.nii', '.nii.gz'), true);
    assert.equal(keepsBytes('.gif', '.tif'), false);
  });
});

describe('lists of class names', () => {
  it('are read in the usual forms', () => {
    const expected = [
      [1, 'liver'],
      [2, 'left kidney'],
    ];
    for (const text of [
      '1 liver\n2 left kidney\n',
      '1: liver\r\n2: left kidney',
      'liver,1\nleft kidney,2',
      '{"1": "liver", "2": "left kidney"}',
      '{"liver": 1, "left kidney": 2}',
      '# ITK-SnAP\n1 255 0 0 1 1 1 "liver"\n2 0 255 0 1 1 1 "left kidney"',
    ]) {
      assert.deepEqual([...(parseClassList(text) ?? [])], expected, text);
    }
    assert.equal(parseClassList('some notes\non this data'), undefined);
    assert.equal(parseClassList('[1, 2]'), undefined);
  });
});
