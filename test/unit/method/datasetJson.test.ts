import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  channelNames,
  labelColours,
  readModelDatasetJson,
  validateDatasetJson,
  type DatasetJsonUse,
} from '../../../src/method/datasetJson';
import { DatasetError } from '../../../src/method/errors';
import { keysInFileOrder, parseJson } from '../../../src/method/jsonReader';

const valid = {
  channel_names: { '0': 'CT' },
  labels: { background: 0, organ: 1, tumour: 2 },
  numTraining: 20,
  file_ending: '.nii.gz',
};

function errorOf(changes: Record<string, unknown>): DatasetError {
  try {
    validateDatasetJson({ ...valid, ...changes }, 'raw/dataset.json');
  } catch (error) {
    assert.ok(error instanceof DatasetError);
    return error;
  }
  assert.fail('no error was thrown');
}

describe('dataset.json', () => {
  it('passes unchanged when it is valid, extra keys included', () => {
    const value = { ...valid, name: 'Liver', licence: 'CC-BY' };
    assert.deepEqual(validateDatasetJson(value), value);
  });

  it('may give labels colours, under either spelling', () => {
    const colours = { organ: '#FF8000', tumour: 'red', liver: '#00ff00' };
    assert.deepEqual(labelColours({ ...valid, label_colours: colours }), { organ: '#ff8000' });
    assert.deepEqual(labelColours({ ...valid, label_colors: { tumour: '#102030' } }), { tumour: '#102030' });
    for (const wrong of [undefined, null, 'red', ['#ff8000']])
      assert.deepEqual(labelColours({ ...valid, label_colours: wrong }), {});
  });

  it('accepts the old name of the channels and labels written as text', () => {
    const { channel_names, ...rest } = valid;
    const value = { ...rest, modality: channel_names, labels: { background: '0', organ: '1' } };
    const result = validateDatasetJson(value);
    assert.deepEqual(channelNames(result), ['CT']);
    assert.deepEqual({ ...result.labels }, { background: 0, organ: 1 });
    assert.equal('modality' in result, false);
  });

  it('keeps channels and labels in the order of the file', () => {
    const text = `{"channel_names": {"1": "T2", "0": "CT"}, "labels": {"background": 0, "2": [1, 2], "1": [2]},
      "regions_class_order": [1, 2], "numTraining": 1, "file_ending": ".nrrd"}`;
    const result = validateDatasetJson(parseJson(text));
    assert.deepEqual(channelNames(result), ['T2', 'CT']);
    assert.deepEqual(keysInFileOrder(result.labels), ['background', '2', '1']);
  });

  it('treats the reader "None" as no choice', () => {
    const result = validateDatasetJson({ ...valid, overwrite_image_reader_writer: 'None' });
    assert.equal('overwrite_image_reader_writer' in result, false);
  });

  it('allows gaps between label values in regions, as in BraTS', () => {
    const labels = { background: 0, whole: [1, 2, 4], core: [1, 4], enhancing: [4] };
    const result = validateDatasetJson({ ...valid, labels, regions_class_order: [2, 1, 4] });
    assert.deepEqual(result.regions_class_order, [2, 1, 4]);
  });

  it('recognizes the version 1 form and says so', () => {
    const error = errorOf({ labels: { '0': 'background', '1': 'organ' } });
    assert.equal(error.code, 'dataset-json-version-1');
    assert.match(error.hint, /name -> number/);
  });

  it('names file, key and remedy of each mistake', () => {
    const mistakes: [Record<string, unknown>, string, RegExp][] = [
      [{ channel_names: undefined }, 'dataset-json-channels', /missing/],
      [{ channel_names: { '0': 1 } }, 'dataset-json-channels', /channel 0 must be text/],
      [{ labels: undefined }, 'dataset-json-labels', /missing/],
      [{ labels: { background: 0, organ: 1.5 } }, 'dataset-json-labels', /"organ".*not 1\.5/],
      [{ labels: { background: 0, organ: -1 } }, 'dataset-json-labels', /"organ"/],
      [{ labels: { background: 0, organ: [] } }, 'dataset-json-labels', /"organ"/],
      [{ labels: { organ: 1 } }, 'dataset-json-background', /background.*missing/],
      [{ channel_names: ['T1', 'CT'] }, 'dataset-json-channels', /not|is \["T1","CT"\]/],
      [{ labels: ['organ'] }, 'dataset-json-labels', /must be an object/],
      [{ labels: { Background: 0, organ: 1 } }, 'dataset-json-background', /"Background" must be written "background"/],
      [{ labels: { background: 0, a: 1, b: 1 } }, 'dataset-json-same-value', /"a" and "b" have the same value 1/],
      [{ labels: { background: 0, void: 0, a: 1 } }, 'dataset-json-same-value', /value 0/],
      [
        { labels: { background: 0, a: [1, 2], b: [2, 1] }, regions_class_order: [1, 2] },
        'dataset-json-same-value',
        /values 1, 2/,
      ],
      [{ labels: { background: [0], organ: 1 } }, 'dataset-json-background', /\[0\]/],
      [{ labels: { background: 0, organ: 1, tumour: 3 } }, 'dataset-json-consecutive', /2 is missing before 3/],
      [{ labels: { background: 0, organ: 1, ignore: 3 } }, 'dataset-json-ignore', /2, not 3/],
      [{ labels: { background: 0, a: [1, 2], b: 2 } }, 'dataset-json-regions', /2 label values.*a, b/],
      [{ labels: { background: 0, a: [1, 2] }, regions_class_order: [1, 2] }, 'dataset-json-regions', /1 label value/],
      [{ numTraining: '20' }, 'dataset-json-num-training', /"20"/],
      [{ file_ending: 'nii.gz' }, 'dataset-json-file-ending', /with its dot/],
      [{ dataset: { a: { images: 'a.nii.gz', label: 'b.nii.gz' } } }, 'dataset-json-files', /Case a/],
      [{ overwrite_image_reader_writer: 3 }, 'dataset-json-reader', /not 3/],
    ];
    for (const [changes, code, message] of mistakes) {
      const error = errorOf(changes);
      assert.equal(error.code, code, JSON.stringify(changes));
      assert.match(error.message, message);
      assert.match(error.where!, /^raw\/dataset\.json/);
      assert.ok(error.keyPath!.length > 0);
    }
  });

  it('tells which key was probably meant', () => {
    const { channel_names, labels, file_ending, numTraining } = valid;
    const meant = (json: object): string => {
      try {
        validateDatasetJson(json);
      } catch (error) {
        return (error as DatasetError).hint;
      }
      return 'no error';
    };
    assert.match(meant({ channels: channel_names, labels, file_ending, numTraining }), /did you mean "channel_names"/);
    assert.match(meant({ channel_names, classes: labels, label: labels, file_ending }), /mean "labels"/);
    assert.match(meant({ channel_names, labels, file_extension: file_ending, numTraining }), /mean "file_ending"/);
    assert.match(meant({ channel_names, labels, file_ending, numTrainig: 3 }), /mean "numTraining"/);
    const regions = { background: 0, a: [1, 2], b: 2 };
    assert.match(meant({ ...valid, labels: regions, region_class_order: [1, 2] }), /mean "regions_class_order"/);
    assert.match(meant({ labels, file_ending, numTraining, name: 'x' }), /Example/);
    assert.match(meant({ ...valid, channel_names: ['T1', 'CT'] }), /Write \{"0": "T1", "1": "CT"\}/);
    assert.match(meant({ ...valid, file_ending: 'nii.gz' }), /Write "\.nii\.gz"/);
  });

  it('must be an object', () => {
    assert.throws(() => validateDatasetJson([]), { code: 'dataset-json-invalid' });
  });
});

describe("a model's or an evaluation's dataset.json", () => {
  const { numTraining: _, ...withoutCount } = valid;
  const read = (value: object, use?: DatasetJsonUse) =>
    readModelDatasetJson(JSON.stringify(value), 'm/dataset.json', use);

  it('needs no numTraining, and to compare masks no channels', () => {
    assert.deepEqual(read(withoutCount), withoutCount);
    const { channel_names: __, ...labelsOnly } = withoutCount;
    assert.deepEqual(read(labelsOnly, 'evaluation'), { ...labelsOnly, channel_names: {} });
    assert.throws(() => read(labelsOnly), { code: 'dataset-json-channels' });
    assert.throws(() => validateDatasetJson(withoutCount), { code: 'dataset-json-num-training' });
  });

  it("may be in version 1's form: modality, labels as value -> name, no ending", () => {
    const result = read({ modality: { '0': 'CT' }, labels: { '0': 'Background', '2': 'tumour', '1': 'organ' } });
    assert.deepEqual(channelNames(result), ['CT']);
    assert.deepEqual({ ...result.labels }, { background: 0, tumour: 2, organ: 1 });
    assert.equal(result.file_ending, '.nii.gz');
  });

  it('may have label values as text', () => {
    const result = read({ ...withoutCount, labels: { background: '0', organ: '1' } });
    assert.deepEqual({ ...result.labels }, { background: 0, organ: 1 });
  });

  it('is refused where names and values are mixed or a name stands for two values', () => {
    for (const labels of [
      { '0': 'background', organ: 1 },
      { '0': 'background', '1': 'a', '2': 'a' },
    ]) {
      assert.throws(() => read({ ...withoutCount, labels }), { code: 'dataset-json-labels' });
    }
  });

  it('needs the order of regions to predict, not to compare', () => {
    const regions = { ...withoutCount, labels: { background: 0, whole: [1, 2], core: 2 } };
    assert.throws(() => read(regions), { code: 'dataset-json-regions' });
    assert.deepEqual(read(regions, 'evaluation').labels, regions.labels);
  });
});
