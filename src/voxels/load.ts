/** Loads the native voxel library, once, and runs its jobs: abort signals become cancellations, its errors ours. */
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nativeFolder } from '../engine/locate';
import { VoxelsError, voxelsError } from './voxelsError';
import type { NativeRun, NativeVoxels } from './native';
import type { NativeOptions } from './types';

const fileName = 'nnunet_voxels.node';
let loaded: NativeVoxels | undefined;

/** @throws VoxelsError voxels-missing, voxels-broken */
export function loadVoxels(): NativeVoxels {
  loaded ??= loadFrom(join(nativeFolder(), fileName));
  return loaded;
}

function loadFrom(file: string): NativeVoxels {
  if (!existsSync(file)) {
    throw new VoxelsError('voxels-missing', 'The voxel library is not there', {
      where: file,
      hint: process.env.NNUNET_NATIVE
        ? 'Correct or unset the environment variable NNUNET_NATIVE.'
        : 'Build it with "npm run setup", or install the package for this system.',
    });
  }
  try {
    return createRequire(file)(file) as NativeVoxels;
  } catch (error) {
    throw new VoxelsError('voxels-broken', `The voxel library can't be loaded: ${(error as Error).message}`, {
      where: file,
      hint: 'Install the package for this system and processor.',
      cause: error,
    });
  }
}

/** Calls a function of the library that answers at once. */
export function callNative<T>(call: (voxels: NativeVoxels) => T): T {
  const voxels = loadVoxels();
  try {
    return call(voxels);
  } catch (error) {
    throw voxelsError(error);
  }
}

/**
 * Runs one job of the library. The typed arrays that it gets must not be transferred before it has settled.
 * When the signal aborts, the promise is rejected with its reason once the job has let go of its arrays.
 */
export async function runNative<T>(
  options: NativeOptions | undefined,
  start: (voxels: NativeVoxels, run: NativeRun) => Promise<T>,
): Promise<T> {
  const { signal, threads } = options ?? {};
  signal?.throwIfAborted();
  const voxels = loadVoxels();
  const cancellation = signal && voxels.newCancellation();
  const abort = () => cancellation && voxels.cancel(cancellation);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await start(voxels, { threads, cancellation });
  } catch (error) {
    signal?.throwIfAborted();
    throw voxelsError(error);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
