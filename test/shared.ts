/** Where the shared test data lies, and a `describe` that skips loudly where it is absent. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from 'node:test';

/** The repository's root: the folder above this bundle whose package.json is ours. */
export const repositoryRoot = findRoot(__dirname);
const sharedRoot = join(repositoryRoot, '..', 'shared');
export const hasShared = existsSync(sharedRoot);

export function sharedPath(...parts: string[]): string {
  return join(sharedRoot, ...parts);
}

/** Like `describe`, for tests of real data that is kept outside the repository. */
export function describeShared(name: string, body: () => void): void {
  if (hasShared) describe(name, body);
  else describe(name, { skip: `SKIPPED: the shared data folder ${sharedRoot} is absent` }, body);
}

function findRoot(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'nnunet') return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('The repository root was not found.');
  return findRoot(parent);
}
