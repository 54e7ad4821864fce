import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileRoleByFolder } from '../../../src/dataset/fileRole';
import { splitEnding } from '../../../src/images/endings';
import { decodeImage } from '../../../src/images/decode';
import { readHeader } from '../../../src/images/header';
import { inspectFile, summarise } from '../../../src/images/inspect';
import { chooseReader } from '../../../src/images/readers';
import { statesSpacing } from '../../../src/images/statedSpacing';
import { readImages, readSegmentation } from '../../../src/images/volumes';
import { writeSegmentation, writeVolume } from '../../../src/images/write';
import { describeShared, sharedPath } from '../../shared';

const folder = mkdtempSync(join(tmpdir(), 'nnunet readers-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const cube = (): Int16Array => Int16Array.from({ length: 24 }, (_, i) => i - 4);

describe('splitEnding', () => {
  it('knows endings of two parts and leaves dots in names alone', () => {
    assert.deepEqual(splitEnding('/a b/case.v1.nii.gz'), { stem: 'case.v1', ending: '.nii.gz' });
    assert.deepEqual(splitEnding('CASE.NII.GZ'), { stem: 'CASE', ending: '.NII.GZ' });
    assert.deepEqual(splitEnding('scan.tar.xyz'), { stem: 'scan.tar', ending: '.xyz' });
    assert.deepEqual(splitEnding('/a.b/scan'), { stem: 'scan', ending: '' });
    assert.deepEqual(splitEnding('.nii.gz'), { stem: '.nii', ending: '.gz' });
  });
});

describe('the spacing of a TIFF stack', () => {
  it('is that of its own case where names end with four digits, as nnU-Net writes and reads it', async () => {
    const mask = (name: string, z: number) =>
      writeSegmentation(at(name), new Uint8Array(24), [2, 3, 4], { spacing: [z, 1, 1] }, 'Tiff3DIO');
    await mask('Img_0069.tif', 2);
    await mask('Img_0070.tif', 5);
    const spacing = async (name: string) => (await readSegmentation(at(name), 'Tiff3DIO')).properties.spacing;
    assert.deepEqual(await spacing('Img_0069.tif'), [2, 1, 1]);
    assert.deepEqual(await spacing('Img_0070.tif'), [5, 1, 1]);
    assert.ok(existsSync(at('Img_0069.json')) && !existsSync(at('Img.json')));
    // Another case's, for a label map.
    writeFileSync(at('Img.json'), '{"spacing": [9, 9, 9]}');
    assert.deepEqual(await spacing('Img_0070.tif'), [5, 1, 1]);
    // Read by its header alone, too.
    const header = await readHeader(at('Img_0070.tif'), 'label');
    assert.deepEqual([header.spacing, await statesSpacing(header, 'label')], [[5, 1, 1], true]);
    assert.deepEqual((await inspectFile(at('Img_0070.tif'), 'label')).spacing, [1, 1, 5]);
    rmSync(at('Img_0070.json'));
    assert.equal(await statesSpacing(header, 'label'), false);
    assert.deepEqual((await readHeader(at('Img_0070.tif'), 'label')).spacing, [1, 1, 1]);
    assert.deepEqual((await readHeader(at('Img_0070.tif'))).spacing, [9, 9, 9]);
  });

  it('is looked for by the folder where nothing else says what a file is', () => {
    for (const path of [
      '/d/labelsTr/a.tif',
      'C:\\d\\labelsTs\\a.tif',
      'fold_0/validation/a.tif',
      'my_predictions/a.tif',
    ])
      assert.equal(fileRoleByFolder(path), 'label', path);
    for (const path of ['/d/imagesTr/a_0000.tif', 'a.tif', '/labelsTr/x/a.tif'])
      assert.equal(fileRoleByFolder(path), 'image');
  });

  it('is shared by the channels of an image', async () => {
    for (const channel of ['0000', '0001'])
      await writeVolume(at(`two_${channel}.tif`), new Uint8Array(24), [2, 3, 4], { spacing: [1, 2, 3] });
    assert.ok(existsSync(at('two.json')) && !existsSync(at('two_0000.json')));
    const files = ['0000', '0001'].map((channel) => at(`two_${channel}.tif`));
    assert.deepEqual((await readImages(files, 'Tiff3DIO')).properties.spacing, [3, 2, 1]);
  });
});

describe('chooseReader', () => {
  it('takes the first of nnU-Net’s readers that can read the example', async () => {
    for (const [ending, expected] of [
      ['.nii.gz', 'SimpleITKIO'],
      ['.nrrd', 'SimpleITKIO'],
      ['.mha', 'SimpleITKIO'],
      ['.nii', 'NibabelIO'],
      ['.tif', 'Tiff3DIO'],
    ] as const) {
      await writeVolume(at(`example${ending}`), cube(), [2, 3, 4]);
      assert.equal(await chooseReader(ending, at(`example${ending}`)), expected);
    }
    await writeVolume(at('flat.png'), new Uint8Array(12), [1, 3, 4]);
    assert.equal(await chooseReader('.png', at('flat.png')), 'NaturalImage2DIO');
    assert.equal(await chooseReader('.NII.GZ', at('example.nii.gz')), 'SimpleITKIO');
  });

  it('obeys an override, but not "None" or a name that is no reader', async () => {
    assert.equal(await chooseReader('.nii.gz', 'unread', 'NibabelIOWithReorient'), 'NibabelIOWithReorient');
    assert.equal(await chooseReader('.nii.gz', at('example.nii.gz'), 'None'), 'SimpleITKIO');
    assert.equal(await chooseReader('.nii.gz', at('example.nii.gz'), 'MyOwnIO'), 'SimpleITKIO');
  });

  it('says which endings exist, and why an example cannot be read', async () => {
    await assert.rejects(chooseReader('.xyz', 'x'), { code: 'unsupported-ending' });
    await assert.rejects(chooseReader('.jpg', 'x'), /no reader for ".jpg"/);
    await assert.rejects(chooseReader('.nii.gz', at('none.nii.gz')), { code: 'file-missing' });
  });
});

describe('two-dimensional files', () => {
  it('get nnU-Net’s third axis: 999 times the coarser spacing for ITK, 999 mm for pictures', async () => {
    await writeVolume(at('slice.nrrd'), new Uint8Array(12), [1, 3, 4], {
      spacing: [0.5, 2],
      origin: [1, 2],
      direction: [1, 0, 0, 1],
    });
    const { shape, properties } = await readImages([at('slice.nrrd')], 'SimpleITKIO');
    assert.deepEqual(
      [shape, properties.spacing, properties.sitk_stuff?.spacing],
      [
        [1, 1, 3, 4],
        [1998, 2, 0.5],
        [0.5, 2],
      ],
    );
    await writeVolume(at('slice.nii.gz'), new Uint8Array(12), [1, 3, 4], {
      spacing: [0.5, 2],
      origin: [1, 2],
      direction: [1, 0, 0, 1],
    });
    assert.deepEqual((await readImages([at('slice.nii.gz')], 'SimpleITKIO')).properties, properties);
    assert.deepEqual((await inspectFile(at('slice.nii.gz'))).shape, [4, 3]);
  });
});

describe('a fourth axis', () => {
  it('of a MetaImage holds channels, as SimpleITKIO reads it', async () => {
    const header = [
      'ObjectType = Image',
      'NDims = 4',
      'BinaryData = True',
      'BinaryDataByteOrderMSB = False',
      'ElementSpacing = 1 2 3 9',
      'Offset = 4 5 6 0',
    ];
    const fields = [...header, 'DimSize = 4 3 2 2', 'ElementType = MET_SHORT', 'ElementDataFile = LOCAL', ''].join(
      '\n',
    );
    const values = Int16Array.from({ length: 48 }, (_, i) => i);
    writeFileSync(at('series.mha'), Buffer.concat([Buffer.from(fields), Buffer.from(values.buffer)]));
    const { shape, data, properties } = await readImages([at('series.mha')], 'SimpleITKIO');
    assert.deepEqual(
      [shape, properties.spacing, properties.sitk_stuff?.origin],
      [
        [2, 2, 3, 4],
        [3, 2, 1],
        [4, 5, 6],
      ],
    );
    assert.deepEqual([...data], [...values]);
    assert.deepEqual((await inspectFile(at('series.mha'))).shape, [4, 3, 2, 2]);
  });
});

describe('pictures that others widen or narrow', () => {
  it('a PNG of one bit has the values 0 and 1, a grey BMP palette one channel', async () => {
    writeFileSync(at('bit.png'), Buffer.from(oneBitPng, 'base64'));
    assert.deepEqual((await inspectFile(at('bit.png'))).labels, [0, 1]);
    await writeVolume(at('grey.bmp'), Uint8Array.of(0, 1, 2, 2), [1, 2, 2]);
    assert.deepEqual([...(await readImages([at('grey.bmp')], 'NaturalImage2DIO')).data], [0, 1, 2, 2]);
  });

  it('are read through links to them and to their folder', async () => {
    mkdirSync(at('linked'));
    writeFileSync(at('linked/bit.png'), Buffer.from(oneBitPng, 'base64'));
    symlinkSync(at('linked'), at('folder'), 'junction');
    symlinkSync(at('linked/bit.png'), at('link.png'));
    for (const name of ['folder/bit.png', 'link.png']) assert.deepEqual((await inspectFile(at(name))).labels, [0, 1]);
  });

  it('reads the first frame of a GIF', async () => {
    writeFileSync(
      at('mask.gif'),
      Buffer.from('R0lGODdhAgACAIEAAAAAAP///wAAAAAAACwAAAAAAgACAAAIBgABBBgYEAA7', 'base64'),
    );
    const { header, voxels } = await decodeImage(at('mask.gif'));
    assert.deepEqual([header.channels, header.shape], [1, [1, 2, 2]]);
    assert.deepEqual([...voxels], [0, 255, 255, 255]);
  });
});

/** 8 x 2 pixels of bit depth 1. */
const oneBitPng = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAACAQAAAABN76BAAAAADElEQVR4nGNYzcAPAAIUALt50PgQAAAAAElFTkSuQmCC';

describeShared('pictures of 8 and 16 bits', () => {
  const picture = (name: string): string =>
    sharedPath('data', 'nifti-conformance', 'png_tif_depths', `sub-${name}_SEM`);
  it('keeps 16 bits of grey and of TIFF colours, and the upper 8 of PNG colours, as nnU-Net’s library does', async () => {
    const mean = async (file: string): Promise<number> => {
      const { data } = await readImages([file], 'NaturalImage2DIO');
      return data.reduce((sum, value) => sum + value, 0) / data.length;
    };
    assert.equal(await mean(`${picture('png_sample-16gray')}.png`), 22887.68212890625);
    assert.equal(await mean(`${picture('png_sample-16rgba')}.png`), 130.5428466796875);
    assert.equal(await mean(`${picture('png_sample-8rgb')}.png`), 89.05712890625);
    assert.equal(await mean(`${picture('tif_sample-16rgba')}.tif`), 33549.51159667969);
  });

  it('refuses grey with transparency, as nnU-Net does', async () => {
    await assert.rejects(readImages([`${picture('png_sample-8grayalhpa')}.png`], 'NaturalImage2DIO'), {
      code: 'not-2d',
    });
  });
});

describe('summarise', () => {
  it('lists labels sorted, whatever the stored type, up to 256', () => {
    assert.deepEqual(summarise(Float64Array.of(7, -2, 0, 7), undefined).labels, [-2, 0, 7]);
    assert.equal(summarise(Float32Array.of(0, 0.5), undefined).labels, undefined);
    assert.equal(
      summarise(
        Uint16Array.from({ length: 256 }, (_, i) => i),
        undefined,
      ).labels?.length,
      256,
    );
    assert.equal(
      summarise(
        Uint16Array.from({ length: 257 }, (_, i) => i),
        undefined,
      ).labels,
      undefined,
    );
    assert.deepEqual(summarise(Uint32Array.of(3000000000, 1), undefined).labels, [1, 3000000000]);
  });

  it('scales before it looks', () => {
    const { min, max, mean, labels } = summarise(Uint8Array.of(0, 1, 2), { slope: -2, intercept: 10 });
    assert.deepEqual({ min, max, mean, labels }, { min: 6, max: 10, mean: 8, labels: [6, 8, 10] });
  });
});
