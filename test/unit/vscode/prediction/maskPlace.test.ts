/** Where are a predicted mask, and what is written about it, after "Move Mask…" and "Delete Mask"? */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { maskRecordName, predictionRecordName } from '../../../../src/dataset/predictionRecord';
import type * as MaskPlaces from '../../../../src/vscode/prediction/maskPlace';
import { scratchFolder } from '../../dataset/scratch';
import { stubVscode } from '../vscodeStub';

const uri = (path: string) => ({ fsPath: path, path }) as never;

describe('a predicted mask', () => {
  let places: typeof MaskPlaces;
  let done: string[] = [];

  before(async () => {
    stubVscode({
      l10n: { t: (text: string) => text },
      Uri: { file: uri },
    });
    places = await import('../../../../src/vscode/prediction/maskPlace');
  });

  const services = { catalog: { refresh: (dataset: string) => done.push(`refresh ${dataset}`) } } as never;
  const editors = {
    open: async (image: { path: string }, { segmentations }: { segmentations: string[] }) =>
      done.push(`open ${image.path} with ${segmentations.join()}`),
    forgetSegmentation: (_image: unknown, path: string) => done.push(`forget ${path}`),
  } as never;

  /** scan.nii.gz, and its mask with its own record in a folder of predictions. */
  async function scene(context: TestContext, more: string[] = []) {
    done = [];
    const folder = await scratchFolder(context);
    const [image, predictions] = [join(folder, 'scan.nii.gz'), join(folder, 'predictions')];
    const mask = join(predictions, 'scan.nii.gz');
    await mkdir(predictions);
    await writeFile(image, 'image');
    await writeFile(mask, 'mask');
    for (const name of [maskRecordName(mask), ...more]) await writeFile(join(predictions, name), '{}');
    const place = { mask: uri(mask), image: uri(image), images: [image], dataset: 'Dataset001_A' };
    return { folder, image, predictions, mask, place };
  }

  it('is moved with its record; its editor and the tree follow, and an empty folder goes', async (context) => {
    const { folder, image, predictions, mask, place } = await scene(context, [predictionRecordName]);
    const target = join(folder, 'checked.nii.gz');
    // Written as a person would: the ending stays what it is.
    const chosen = join(folder, 'checked');
    const recorded: string[] = [];
    const moved = await places.moveMask(services, editors, place, chosen, async (to) => void recorded.push(to.fsPath));
    assert.equal(moved.fsPath, target);
    assert.equal(await readFile(target, 'utf8'), 'mask');
    assert.ok(!existsSync(predictions));
    assert.deepEqual(recorded, [target]);
    assert.deepEqual(done, [`forget ${mask}`, 'refresh Dataset001_A', `open ${image} with ${target}`]);
  });

  it('stays where it is when its own place is chosen, and never replaces its image', async (context) => {
    const { image, mask, place } = await scene(context);
    const never = (): Promise<void> => assert.fail('nothing was moved');
    assert.equal((await places.moveMask(services, editors, place, mask, never)).fsPath, mask);
    await assert.rejects(places.moveMask(services, editors, place, image, never), { code: 'output-is-input' });
    assert.equal(await readFile(image, 'utf8'), 'image');
    assert.equal(await readFile(mask, 'utf8'), 'mask');
    assert.deepEqual(done, []);
  });

  it('is deleted with its record, and nothing else in its folder', async (context) => {
    const { predictions, mask, place } = await scene(context, ['other.nii.gz', predictionRecordName]);
    await places.deleteMask(services, editors, place);
    assert.deepEqual((await readdir(predictions)).sort(), ['other.nii.gz', predictionRecordName].sort());
    assert.deepEqual(done, [`forget ${mask}`, 'refresh Dataset001_A']);
  });

  it('that lies beside its image never takes the folder with it', async (context) => {
    const { folder, image } = await scene(context);
    const mask = join(folder, 'scan_seg.nii.gz');
    await writeFile(mask, 'mask');
    await places.deleteMask(services, editors, { mask: uri(mask), image: uri(image), images: [image] });
    assert.deepEqual((await readdir(folder)).sort(), ['predictions', 'scan.nii.gz']);
  });
});
