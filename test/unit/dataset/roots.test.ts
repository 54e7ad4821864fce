import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { resolveAllRoots, resolveRoots, rootsHolding } from '../../../src/dataset/roots';

describe('the three roots', () => {
  const environment = { nnUNet_raw: '/env/raw', nnUNet_results: '"/env/with blank"' };

  it('come from --root before anything else', () => {
    const roots = resolveRoots({ root: '/opt', settings: { root: '/set' }, environment, workspace: '/ws' });
    assert.equal(roots.raw, resolve('/opt/nnUNet_raw'));
    assert.equal(roots.results, resolve('/opt/nnUNet_results'));
    assert.equal(roots.sources.raw, 'option');
  });

  it('come from settings before environment variables', () => {
    const roots = resolveRoots({
      settings: { root: '/set', preprocessed: '/fast/disk' },
      environment,
      workspace: '/ws',
    });
    assert.equal(roots.raw, resolve('/set/nnUNet_raw'));
    assert.equal(roots.preprocessed, resolve('/fast/disk'));
  });

  it('come from environment variables one by one, without the quotes of Windows shells', () => {
    const roots = resolveRoots({ environment, workspace: '/ws' });
    assert.deepEqual([roots.raw, roots.sources.raw], [resolve('/env/raw'), 'environment']);
    assert.equal(roots.results, resolve('/env/with blank'));
    assert.deepEqual(
      [roots.preprocessed, roots.sources.preprocessed],
      [resolve('/ws/nnUNet_preprocessed'), 'workspace'],
    );
  });

  it('lie in the workspace folder otherwise, or in the current folder', () => {
    assert.equal(resolveRoots({ environment: {}, workspace: '/ws' }).raw, resolve('/ws/nnUNet_raw'));
    assert.equal(resolveRoots({ environment: {} }).raw, join(process.cwd(), 'nnUNet_raw'));
  });

  it('take ~ for the home folder and blank values for none', () => {
    assert.equal(resolveRoots({ settings: { raw: '~/x' }, environment: {} }).raw, join(homedir(), 'x'));
    assert.equal(
      resolveRoots({ root: ' ', environment: { nnUNet_raw: '' }, workspace: '/ws' }).sources.raw,
      'workspace',
    );
  });
});

describe('the roots of several workspace folders', () => {
  const rawOf = (folders: string[], options: Parameters<typeof resolveAllRoots>[1] = {}) =>
    resolveAllRoots(folders, { environment: {}, ...options }).map(({ raw }) => raw);

  it('lie in each of them, where they are its own', () => {
    assert.deepEqual(rawOf(['/a', '/b']), [resolve('/a/nnUNet_raw'), resolve('/b/nnUNet_raw')]);
    assert.deepEqual(rawOf(['/a', '/a']), [resolve('/a/nnUNet_raw')]);
    assert.deepEqual(rawOf(['/a', '/b'], { settings: { root: 'data' } }), [
      resolve('/a/data/nnUNet_raw'),
      resolve('/b/data/nnUNet_raw'),
    ]);
  });

  it('count once where a setting or the environment names one of them', () => {
    assert.deepEqual(rawOf(['/a', '/b'], { settings: { results: '/fast' } }), [resolve('/a/nnUNet_raw')]);
    assert.deepEqual(rawOf(['/a', '/b'], { environment: { nnUNet_raw: '/env' } }), [resolve('/env')]);
    assert.equal(rawOf([]).length, 1);
  });

  it('are found by what lies in them; what lies elsewhere belongs to the first', () => {
    const all = resolveAllRoots(['/a', '/b'], { environment: {} });
    assert.equal(rootsHolding(['/x', resolve('/b/nnUNet_results/Dataset001_A')], all), all[1]);
    assert.equal(rootsHolding([resolve('/b/nnUNet_raw_old/x')], all), all[0]);
  });
});
