/** Finds the native files: first where an environment variable says, then beside this program. */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { EngineError } from '../method/errors';

const packageName = 'nnunet';

/** The folder of this program's package.json, in the repository as well as in an installed extension. */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (nameIn(join(folder, 'package.json')) === packageName) return folder;
    if (dirname(folder) === folder) {
      throw new EngineError('package-not-found', 'The program can not find its own folder', {
        where: from,
        hint: 'Install it again.',
      });
    }
  }
}

export function packageVersion(): string {
  return String(JSON.parse(fs.readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version);
}

export interface Located {
  path: string;
  /** Why this one: shown by `nnunet engine`. */
  source: 'NNUNET_CORE' | 'NNUNET_NATIVE' | 'bundled';
}

export function nativeFolder(): string {
  return process.env.NNUNET_NATIVE || join(packageRoot(), 'dist', 'native');
}

/** @throws EngineError `core-missing` */
export function locateCore(): Located {
  const name = process.platform === 'win32' ? 'nnunet-core.exe' : 'nnunet-core';
  const candidates: Located[] = [];
  if (process.env.NNUNET_CORE) candidates.push({ path: process.env.NNUNET_CORE, source: 'NNUNET_CORE' });
  else if (process.env.NNUNET_NATIVE)
    candidates.push({ path: join(process.env.NNUNET_NATIVE, name), source: 'NNUNET_NATIVE' });
  else candidates.push({ path: join(packageRoot(), 'dist', 'native', name), source: 'bundled' });
  const found = candidates.find(({ path }) => fs.existsSync(path));
  if (found) return found;
  throw new EngineError('core-missing', 'The training core nnunet-core is not there', {
    where: candidates[0]!.path,
    hint:
      candidates[0]!.source === 'bundled'
        ? fs.existsSync(join(packageRoot(), 'tools', 'setup.sh'))
          ? 'Build it with "npm run setup".'
          : `Install the package that is made for this system (${process.platform}-${process.arch}).`
        : `Correct or unset the environment variable ${candidates[0]!.source}.`,
  });
}

function nameIn(file: string): string | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).name;
  } catch {
    return undefined;
  }
}
