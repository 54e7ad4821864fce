import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { personsError } from '../../../src/cli/report';
import { errorFromLine } from '../../../src/method/errorObject';
import type { NnunetError } from '../../../src/method/errors';
import { scratchFolder, writeGoodDataset, writeText } from '../dataset/scratch';
import { repositoryRoot } from '../../shared';

const cli = join(repositoryRoot, 'dist', 'cli.js');

describe('a failure of the command line', () => {
  async function datasetFolder(context: TestContext): Promise<{ root: string; dataset: string }> {
    const root = await scratchFolder(context);
    const dataset = join(root, 'nnUNet_raw', 'Dataset001_Test');
    await writeGoodDataset(dataset);
    return { root, dataset };
  }

  function nnunet(words: readonly string[]): { status: number | null; stderr: string; error: NnunetError | undefined } {
    const { status, stderr } = spawnSync(process.execPath, [cli, ...words], {
      encoding: 'utf8',
      env: { ...process.env, NNUNET_CORE: join(repositoryRoot, 'no', 'such', 'core') },
    });
    const errors = stderr.split('\n').map(errorFromLine).filter(Boolean);
    assert.ok(errors.length <= 1, stderr);
    return { status, stderr, error: errors[0] };
  }

  it('keeps its code, place and advice with --json: plan', async (context) => {
    const { root, dataset } = await datasetFolder(context);
    await writeText(join(dataset, 'dataset.json'), '{ "labels": ');
    const { status, error } = nnunet(['plan', dataset, '--root', root, '--json']);
    assert.equal(status, 1);
    assert.match(error!.where!, /dataset\.json/);
    assert.notEqual(error!.code, 'command-failed');
    assert.notEqual(error!.hint, '');
  });

  it('keeps its code, place and advice with --json: preprocess', async (context) => {
    const { root, dataset } = await datasetFolder(context);
    const { status, error } = nnunet(['preprocess', dataset, '--root', root, '-c', '2d', '--json']);
    assert.equal(status, 1);
    assert.equal(error!.code, 'volumes-too-small');
    assert.notEqual(error!.hint, '');
  });

  it('keeps its code, place and advice with --json: predict', async (context) => {
    const { root, dataset } = await datasetFolder(context);
    const model = join(root, 'no model');
    await mkdir(model);
    const images = join(dataset, 'imagesTr');
    const { status, error } = nnunet(['predict', '-m', model, '-i', images, '-o', join(root, 'out'), '--json']);
    assert.equal(status, 1);
    assert.equal(error!.code, 'not-a-model');
    assert.equal(error!.where, model);
  });

  it('tells by its code that the engine is missing, which VS Code has a remedy for', async (context) => {
    const { root, dataset } = await datasetFolder(context);
    const words = ['train', dataset, '--root', root, '-c', '2d', '-f', '0', '--json'];
    assert.equal(nnunet(words).error?.code, 'core-missing');
  });

  it('of the words themselves is told the same way', () => {
    assert.equal(nnunet(['plam', '--json']).error?.code, 'unknown-command');
    const wrong = nnunet(['plan', '--no-such-option', '--json']);
    assert.equal(wrong.status, 2);
    assert.notEqual(wrong.error, undefined);
  });

  it('is a sentence for people otherwise', () => {
    const { stderr, error } = nnunet(['plam']);
    assert.equal(error, undefined);
    assert.match(stderr, /^error: "plam" is not a command\. Did you mean "plan"\?/);
  });

  it('of the system has a code, too', () => {
    const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/data/x' });
    const { code, where, oneLine } = personsError(full);
    assert.deepEqual([code, where], ['disk-full', '/data/x']);
    assert.equal(oneLine, 'The disk is full (/data/x). Free some space and run the command again.');
    assert.equal(personsError(new TypeError('x is not a function')).code, 'unexpected');
  });
});
