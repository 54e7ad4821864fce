import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { decodeImage } from '../../../src/images/decode';
import { openDicom } from '../../../src/images/dicom/dicomFile';
import { textOf } from '../../../src/images/dicom/attributes';
import { writeVolume } from '../../../src/images/write';
import { exportPredictedSegmentations, readDicomInput } from '../../../src/pipeline/prediction/dicomInput';
import { axialSlices, writeSeries } from '../images/dicom/series';

const folder = mkdtempSync(join(tmpdir(), 'nnunet dicom input-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function contextOf(warnings: string[]) {
  return {
    progress: () => undefined,
    warn: (code: string, message: string) => void warnings.push(`${code}: ${message}`),
  };
}

describe('A folder of DICOM given for prediction', () => {
  it('becomes an image for each series, and its masks go back as DICOM SEG', async () => {
    const source = join(folder, 'disc');
    const files = writeSeries(join(source, 'a'));
    writeSeries(join(source, 'b'), { uid: '1.2.826.0.1.4', study: '1.2.826.0.4', positions: axialSlices(3) });
    writeSeries(join(source, 'c'), { uid: '1.2.826.0.1.5', positions: axialSlices(1), description: 'scout' });
    const warnings: string[] = [];
    const images = join(folder, 'images');
    const input = (await readDicomInput([source], images, undefined, contextOf(warnings)))!;
    assert.deepEqual(readdirSync(images).sort(), ['case_001_0000.nii.gz', 'case_002_0000.nii.gz']);
    assert.deepEqual(warnings, ['series-left-out: CT scout: it has one slice.']);
    const image = await decodeImage(join(images, 'case_001_0000.nii.gz'));
    assert.deepEqual([...image.voxels], [...(await decodeImage(files[0]!)).voxels]);
    const masks = join(folder, 'masks');
    mkdirSync(masks);
    writeFileSync(
      join(masks, 'dataset.json'),
      JSON.stringify({
        labels: { background: 0, liver: 1 },
        file_ending: '.nii.gz',
        channel_names: { 0: 'CT' },
        numTraining: 1,
      }),
    );
    const written = ['case_001', 'case_002'].map((id) => ({ case: id, output: join(masks, `${id}.nii.gz`) }));
    for (const { case: id, output } of written) {
      const { header, itkGeometry } = await decodeImage(join(images, `${id}_0000.nii.gz`));
      const labels = new Uint8Array(header.shape.reduce((a, b) => a * b)).fill(id === 'case_001' ? 1 : 0);
      await writeVolume(output, labels, header.shape, itkGeometry(), 'label');
    }
    const segmentations = await exportPredictedSegmentations(input, written, masks, contextOf(warnings).warn);
    assert.deepEqual(segmentations, [join(masks, 'case_001.dcm')]);
    assert.ok(!existsSync(join(masks, 'case_002.dcm')), 'an empty mask has none');
    assert.match(warnings.at(-1)!, /^empty-mask: case_002/);
    assert.equal(textOf((await openDicom(segmentations[0]!)).item, '0020000d'), '1.2.826.0.1');
  });

  it('of several modalities is refused until the series are named', async () => {
    const source = join(folder, 'mixed');
    writeSeries(join(source, 'a'));
    writeSeries(join(source, 'b'), { uid: '1.2.826.0.1.4', modality: 'PT', description: 'PET' });
    await assert.rejects(
      readDicomInput([source], join(folder, 'none'), undefined, contextOf([])),
      /Which series are the images/,
    );
    const channels = [{ name: 'PET', pattern: 'PT*' }];
    const input = await readDicomInput([source], join(folder, 'pet'), channels, contextOf([]));
    assert.deepEqual(
      [...input!.cases.values()].map(({ kind }) => kind),
      ['PT PET'],
    );
  });

  it('is none where the folder holds other images', async () => {
    const source = join(folder, 'nifti');
    writeSeries(source);
    await writeVolume(join(source, 'image.nii.gz'), new Uint8Array(27), [3, 3, 3]);
    assert.equal(await readDicomInput([source], join(folder, 'no'), undefined, contextOf([])), undefined);
    assert.equal(
      await readDicomInput([join(source, 'image.nii.gz')], join(folder, 'no'), undefined, contextOf([])),
      undefined,
    );
  });
});
