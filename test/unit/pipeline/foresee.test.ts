import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Shape4 } from '../../../src/geometry/types';
import { gridAsNibabel, writeNifti } from '../../../src/images/niftiWrite';
import { foresee, type ForeseeOptions } from '../../../src/pipeline/prediction/foresee';
import { costWords, predictionCost } from '../../../src/pipeline/prediction/predictionCost';
import { openCases, modelFiles } from '../../../src/pipeline/prediction/predictionFolder';
import { scratchFolder } from '../dataset/scratch';
import { hippocampusModel } from './hippocampusModel';

async function scene(test: TestContext) {
  const folder = await scratchFolder(test);
  const scan = async (name: string, shape: Shape4 = [1, 35, 50, 36], slice = 1): Promise<string> => {
    const length = shape.reduce((product, size) => product * size, 1);
    const affine = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, slice, 0],
      [0, 0, 0, 1],
    ];
    const file = join(folder, `${name}.nii`);
    const values = Int16Array.from({ length }, (_, at) => (at * 7919) % 1000);
    await writeNifti(file, values, shape, gridAsNibabel(affine, [1, 1, slice]));
    return file;
  };
  const model = hippocampusModel({ cases: 20 });
  const look = async (input: string[]) => {
    const said: string[] = [];
    const options: ForeseeOptions = {
      ...{ folds: 1, mirroring: true, stepSize: 0.5, threads: 2 },
      warn: (code, text) => said.push(`${code}: ${text}`),
      note: (text) => said.push(text),
    };
    const folderOptions = { input, output: join(folder, 'out'), saveProbabilities: false, skipExisting: false };
    const opened = await openCases(modelFiles(model, []), { ...folderOptions, warn: options.warn });
    return { ...(await foresee(opened, model, options)), said };
  };
  return { folder, scan, look, model };
}

describe('what is said before a folder is predicted', () => {
  it('is how long it takes and how much memory, and nothing else for scans like those of the training', async (test) => {
    const { scan, look } = await scene(test);
    const { opened, result, said } = await look([await scan('a'), await scan('b')]);
    assert.deepEqual(
      opened.cases.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.equal(said.length, 1);
    assert.match(
      said[0]!,
      /^(About .*|A few seconds) on the processor \(less on a GPU, in about \d.*\) and \d.* of memory\.$/,
    );
    assert.ok(result.cost!.seconds > 1 && result.cost!.bytes > 2 ** 20);
    assert.equal(result.doubts, undefined);
  });

  it('names a doubt once for all cases that share it', async (test) => {
    const { scan, look } = await scene(test);
    const files = [await scan('a'), await scan('b', [1, 5, 50, 36], 8), await scan('c', [1, 5, 50, 36], 8)];
    const { opened, result, said } = await look(files);
    assert.equal(opened.cases.length, 3);
    assert.deepEqual(
      result.doubts!.map((doubt) => [doubt.case, doubt.code]),
      [
        ['b', 'spacing-unlike'],
        ['c', 'spacing-unlike'],
      ],
    );
    assert.equal(said.length, 2);
    assert.match(said[0]!, /^spacing-unlike: b \(and 1 more\): The slices are 8 times thicker/);
  });

  it('leaves out what can only fail, and what can not be read is left to the prediction', async (test) => {
    const { folder, scan, look } = await scene(test);
    const broken = join(folder, 'broken.nii');
    await writeFile(broken, 'no image');
    const { opened, result } = await look([await scan('a'), await scan('series', [4, 35, 50, 36]), broken]);
    assert.deepEqual(
      opened.cases.map(({ id }) => id),
      ['a', 'broken'],
    );
    const [failed] = result.failed;
    assert.deepEqual([failed!.case, failed!.error.code], ['series', 'channel-count']);
    assert.match(failed!.error.oneLine, /4 volumes along a fourth axis; the model needs 1 \(MRI\) .*file of its own/);
  });
});

describe('the cost of a prediction', () => {
  const options = { folds: 1, mirroring: true, stepSize: 0.5, threads: 2 };
  const small = { shape: [35, 50, 36] as [number, number, number], spacing: [1, 1, 1] as [number, number, number] };

  it('comes near what one hippocampus was measured to take on two cores (4.5 to 7 s)', () => {
    const { seconds } = predictionCost([small], hippocampusModel({ cases: 20 }), options);
    assert.ok(seconds > 2 && seconds < 12, `${seconds}`);
  });

  it('grows with images, folds, mirroring and size', () => {
    const of = (image: typeof small, more: Partial<typeof options> = {}): number =>
      predictionCost([image], hippocampusModel({ cases: 20 }), { ...options, ...more }).seconds;
    assert.equal(predictionCost([small, small], hippocampusModel({ cases: 20 }), options).seconds, 2 * of(small));
    assert.ok(of(small, { folds: 5 }) > 4 * of(small));
    assert.ok(of(small, { mirroring: false }) < of(small) / 3);
    const large = { ...small, shape: [350, 50, 36] as [number, number, number] };
    assert.ok(of(large) > 8 * of(small));
    // Finer voxels of the same body cost no more network.
    assert.ok(of({ shape: [70, 100, 72], spacing: [0.5, 0.5, 0.5] }) < 1.5 * of(small));
  });

  it("takes of a GPU's memory what the network needs, whatever the size of the image, and little more for more folds", () => {
    const of = (image: typeof small, folds: number): number =>
      predictionCost([image], hippocampusModel({ cases: 20 }), { ...options, folds }).deviceBytes;
    const [one, five] = [of(small, 1), of(small, 5)];
    assert.equal(of({ ...small, shape: [350, 500, 360] }, 1), one);
    assert.ok(five > one && five < 1.5 * one, `${one}, ${five}`);
  });

  it('is said with as many digits as are known', () => {
    const words = (seconds: number): string => costWords({ seconds, bytes: 2 ** 30, deviceBytes: 2 ** 29 });
    assert.match(words(3), /^A few seconds on the processor .* and 1.0 GB of memory$/);
    assert.match(words(43), /^About 40 s /);
    assert.match(words(200), /^About 3 min /);
    assert.match(words(16900), /^About 4.7 h /);
  });
});
