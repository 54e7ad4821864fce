/** Writes several files one after the other in one job: each appears whole or not at all, none before the ones ahead of it. */
import { dirname } from 'node:path';
import { storageError } from '../storage/diskErrors';
import { sweepOnce } from '../storage/temporaryFiles';
import { runNative } from './load';
import type { NativeOptions } from './types';

interface FileToWrite {
  path: string;
  /** Written one behind the other. */
  parts: readonly ArrayBufferView[];
}

/** @throws StorageError, as `writeFileAtomic`: the files before the one that failed are there, the others not */
export async function writeFiles(files: readonly FileToWrite[], options?: NativeOptions): Promise<void> {
  for (const { path } of files) sweepOnce(dirname(path));
  const failure = await runNative(options, (voxels, run) => voxels.writeFiles(files, run));
  if (failure === null) return;
  throw storageError(Object.assign(new Error(failure.message), { code: failure.code }), failure.path);
}
