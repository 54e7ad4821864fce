import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { repositoryRoot } from '../../shared';

interface Lock {
  packages: Record<
    string,
    { version?: string; integrity?: string; resolved?: string; optional?: boolean; hasInstallScript?: boolean }
  >;
}
const lock = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as Lock;

describe('package-lock.json', () => {
  it('names no registry, so that every machine takes its own', () => {
    const named = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(named, []);
  });

  it('pins every package by its hash', () => {
    const loose = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.integrity);
    assert.deepEqual(loose, []);
  });

  it('has no package whose install script nobody has judged', () => {
    const { allowScripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    const scripted = Object.entries(lock.packages)
      .filter(([, entry]) => entry.hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
      .filter((name) => !(name in allowScripts));
    assert.deepEqual(scripted, []);
  });
});

describe('tools/node-modules-current.mjs', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nnunet-node-modules-'));
    cpSync(join(repositoryRoot, 'package-lock.json'), join(folder, 'package-lock.json'));
    mkdirSync(join(folder, 'node_modules'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function isCurrent(change?: (packages: Lock['packages']) => void): boolean {
    const record = join(folder, 'node_modules/.package-lock.json');
    rmSync(record, { force: true });
    if (change) {
      const installed = structuredClone(lock.packages);
      delete installed[''];
      change(installed);
      writeFileSync(record, JSON.stringify({ packages: installed }));
    }
    return (
      spawnSync(process.execPath, [join(repositoryRoot, 'tools/node-modules-current.mjs')], { cwd: folder }).status ===
      0
    );
  }

  it('accepts what npm installed from this lock file', () =>
    assert.equal(
      isCurrent(() => {}),
      true,
    ));
  it('accepts that packages for other systems are absent', () =>
    assert.equal(
      isCurrent((packages) => {
        for (const [path, entry] of Object.entries(packages)) if (entry.optional) delete packages[path];
      }),
      true,
    ));
  it('refuses an absent or interrupted installation', () => assert.equal(isCurrent(), false));
  it('refuses another version', () =>
    assert.equal(
      isCurrent((packages) => {
        packages['node_modules/esbuild']!.version = '0.0.1';
      }),
      false,
    ));
  it('refuses a missing package', () =>
    assert.equal(
      isCurrent((packages) => {
        delete packages['node_modules/eslint'];
      }),
      false,
    ));
  it('refuses a package too many', () =>
    assert.equal(
      isCurrent((packages) => {
        packages['node_modules/left-over'] = { version: '1.0.0', integrity: 'sha512-x' };
      }),
      false,
    ));
});
