/** How far is something that was asked of the host: on its way, there, or failed? */
import { HostError } from './connection';
import type { Voxels } from './slices';

export type Outcome<T> = { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; message: string };

/** Something with voxels. */
export type Load<T> =
  | { state: 'loading'; fraction: number; partial?: Voxels }
  | { state: 'ready'; value: T; voxels: Voxels }
  | { state: 'failed'; message: string; hint: string };

export function failed(error: unknown): { state: 'failed'; message: string; hint: string } {
  return { state: 'failed', ...describe(error) };
}

export function describe(error: unknown): { message: string; hint: string } {
  if (error instanceof HostError) return { message: error.failure.message, hint: error.failure.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}
