import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HiddenNames, withoutMarks } from '../../../src/assistant/hiddenNames';

function names(): HiddenNames {
  const hidden = new HiddenNames();
  hidden.keep(['liver', 'CT']);
  hidden.addPlace('/data/Klinik Süd/nnUNet_raw', 'nnUNet_raw');
  hidden.addCases(['Müller_Hans', 'Hans Meier', 'a', '00471123', 'liver', 'Müller_Hans_2']);
  return hidden;
}

describe('names hidden from an assistant', () => {
  const cases: [string, string][] = [
    ['Müller_Hans has no label', 'case 1 has no label'],
    ['MÜLLER_HANS and Müller_Hans_2', 'case 1 and case 6'],
    ['Mu\u0308ller_Hans (decomposed)', 'case 1 (decomposed)'],
    ['imagesTr/Hans Meier_0001.nii.gz: NaN', 'imagesTr/case 2_0001.nii.gz: NaN'],
    ['"00471123" lies elsewhere', '"case 4" lies elsewhere'],
    ['a label of a_0000.nii.gz, case a', 'a label of case 3_0000.nii.gz, case 3'],
    ['liver is found in 3 of 5 cases', 'liver is found in 3 of 5 cases'],
    ['labelsTr/liver.nii.gz has 0 voxels of liver', 'labelsTr/case 5.nii.gz has 0 voxels of liver'],
    ['in /data/Klinik Süd/nnUNet_raw/Dataset001_A/dataset.json', 'in nnUNet_raw/Dataset001_A/dataset.json'],
    [
      '/data/Klinik Süd/nnUNet_raw/Dataset001_A/Otto Maier/x.nii',
      'nnUNet_raw/Dataset001_A/folder 1 folder 2/file 1.nii',
    ],
    ['imagesTr/Otto is a folder', 'imagesTr/folder 1 is a folder'],
    ['Otto.nrrd cannot be read', 'file 1.nrrd cannot be read'],
    ['(/home/otto meier/scans/Otto Maier.mha)', '(file 1.mha)'],
    ['C:\\Users\\Otto\\scan.nii.gz is there', 'file 1.nii.gz is there'],
    [join(homedir(), 'secret project'), '~/folder 1 project'],
    ['Dice/IoU of 0.8 mm/voxel, 1 / 2', 'Dice/IoU of 0.8 mm/voxel, 1 / 2'],
    ['Run nnunet check 4 --fix; see splits_final.json.', 'Run nnunet check 4 --fix; see splits_final.json.'],
  ];
  for (const [text, expected] of cases)
    it(`in "${text}"`, () => {
      const hidden = names();
      const once = hidden.hide(text);
      assert.equal(withoutMarks(once), expected);
      assert.equal(hidden.hide(once), once, 'what is hidden is not hidden again');
    });

  it('are the same each time, in every text that a value holds', () => {
    const hidden = names();
    const value = { file: 'Otto.png', list: ['Emma.png', { again: 'Otto.png', number: 471123, none: null }] };
    assert.deepEqual(withoutMarks(hidden.hide(value)), {
      file: 'file 1.png',
      list: ['file 2.png', { again: 'file 1.png', number: 471123, none: null }],
    });
    assert.equal(withoutMarks(hidden.hide(hidden.case('Hans Meier'))), 'case 2');
    assert.equal(withoutMarks(`${hidden.case('a')}, ${hidden.case('neu')}`), 'case 3, case 7');
  });

  it('lead back to the case that is meant', () => {
    const hidden = names();
    assert.deepEqual(
      ['case 2', 'Case 1', 'case 99', 'a'].map((shown) => hidden.idOf(shown)),
      ['Hans Meier', 'Müller_Hans', 'case 99', 'a'],
    );
  });

  it('hides a path that stands alone as a whole', () => {
    const hidden = names();
    assert.equal(
      withoutMarks(hidden.hidePath('/data/Klinik Süd/nnUNet_raw/Dataset001_A/imagesTr/Hans Meier_0000.nii.gz')),
      'nnUNet_raw/Dataset001_A/imagesTr/case 2_0000.nii.gz',
    );
    assert.equal(withoutMarks(hidden.hidePath('/mnt/Frau Otto/new scans')), 'folder 1');
    assert.equal(withoutMarks(hidden.hidePath('/data/Klinik Süd/nnUNet_raw_Otto')), 'folder 2');
  });

  it('stay where the person allows it', () => {
    const shared = new HiddenNames(true);
    shared.addCases(['Hans Meier']);
    assert.equal(shared.hide(`${shared.case('Hans Meier')} in /home/otto/x.nii`), 'Hans Meier in /home/otto/x.nii');
    assert.equal(shared.hidePath('/home/otto'), '/home/otto');
  });

  it('are found among many in time that grows with the text alone', () => {
    const time = (count: number): number => {
      const hidden = new HiddenNames();
      hidden.addCases(Array.from({ length: count }, (_, at) => `patient_${at}_${(at * 7919) % 10007}`));
      const text = 'Image and label of patient_17_4596 differ in spacing. '.repeat(400);
      const before = process.cpuUsage();
      for (let i = 0; i < 5; i += 1) hidden.hide(text);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    time(10);
    assert.ok(time(20000) < 10 * time(200) + 50000);
  });
});
