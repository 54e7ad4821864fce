import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { FoundBest } from '../../../src/jobs/results';
import { readJob } from '../../../src/jobs/jobFolder';
import { jobIds } from '../../../src/jobs/running';
import type { RunEvent } from '../../../src/protocol/events';
import type { CrossValidationCost } from '../../../src/runs/crossValidationCost';
import { prepareTinyDataset } from '../../durability/tinyDataset';
import { repositoryRoot } from '../../shared';

const dataset = 'Dataset001_Tiny';
const wanted = ['1', '-c', '2d', '3d_fullres', '-f', '0', '1'];
const short = ['--epochs', '1', '--iterations-per-epoch', '2', '--device', 'cpu'];

describe('a cross-validation from the command line', () => {
  let root: string;
  let results: string;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'nnunet best é-'));
    results = join(root, 'nnUNet_results');
    prepareTinyDataset(root, dataset, ['2d', '3d_fullres']);
  });
  after(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));

  function nnunet<Result>(...words: string[]) {
    const cli = join(repositoryRoot, 'dist', 'cli.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words, '--root', root, '--json'], {
      encoding: 'utf8',
    });
    const said = stderr.split('\n').filter((line) => line.startsWith('{'));
    const events = said.map((line) => JSON.parse(line) as RunEvent);
    return { status, stderr, events, result: (stdout === '' ? undefined : JSON.parse(stdout)) as Result };
  }

  it('tells what it costs, trains what is missing, finds the best, and predicts with it by one command', () => {
    const told = nnunet<CrossValidationCost>('cross-validate', ...wanted, ...short, '--dry-run');
    assert.equal(told.status, 0, told.stderr);
    assert.deepEqual(
      told.result.parts.map(({ configuration, missing }) => [configuration, missing]),
      [
        ['2d', [0, 1]],
        ['3d_fullres', [0, 1]],
      ],
    );
    assert.ok(told.result.seconds! > 0 && told.result.diskBytes! > 0 && told.result.memoryBytes! > 0);
    assert.equal(existsSync(results), false, 'nothing is done yet');

    const trained = nnunet<FoundBest>('cross-validate', ...wanted, ...short);
    assert.equal(trained.status, 0, trained.stderr);
    assert.equal(trained.events.filter(({ type }) => type === 'epoch').length, 4);
    const jobs = (): string[] => jobIds(results).map((id) => readJob(results, id).kind);
    assert.deepEqual(jobs().sort(), ['find-best', 'train', 'train', 'train', 'train']);
    assert.deepEqual(
      trained.result.candidates.map(({ models }) => models.map(({ configuration }) => configuration)),
      [['2d'], ['3d_fullres'], ['2d', '3d_fullres']],
    );
    const best = Math.max(...trained.result.candidates.map(({ meanDice }) => meanDice!));
    assert.equal(trained.result.best.meanDice, best);
    assert.ok(existsSync(join(results, dataset, 'inference_instructions.txt')));

    const again = nnunet<FoundBest>('cross-validate', ...wanted, ...short);
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(
      again.events.filter(({ type }) => type === 'epoch'),
      [],
      'nothing is trained again',
    );
    assert.deepEqual(again.result, trained.result);

    const images = join(root, 'nnUNet_raw', dataset, 'imagesTr');
    const channels = Object.keys(
      (JSON.parse(readFileSync(join(images, '..', 'dataset.json'), 'utf8')) as { channel_names: object }).channel_names,
    ).length;
    const input = readdirSync(images)
      .sort()
      .slice(0, channels)
      .map((name) => join(images, name));
    const output = join(root, 'masks');
    const predicted = nnunet<{ cases: { case: string; output: string }[] }>(
      'predict',
      '1',
      '-i',
      ...input,
      '-o',
      output,
    );
    assert.equal(predicted.status, 0, predicted.stderr);
    assert.equal(predicted.result.cases.length, 1);
    assert.ok(existsSync(predicted.result.cases[0]!.output));
  });

  it('is refused before anything is done where that makes no sense', () => {
    for (const [words, code] of [
      [['-f', 'all'], 'fold-all'],
      [['--epochs', '3', '--budget', '1h'], 'conflicting-options'],
      [['-c', '3d_fulres'], 'configuration-unknown'],
      [['-f', '2', '3', '--budget', '20s'], 'budget-too-short'],
    ] as const) {
      const { status, events } = nnunet('cross-validate', '1', ...words);
      assert.notEqual(status, 0);
      assert.deepEqual(
        events.flatMap((event) => (event.type === 'error' ? [event.code] : [])),
        [code],
      );
    }
  });
});
