/** Folds of a model folder as .onnx files: exported once, kept in a temporary folder for the next time. */
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { exists } from '../dataset/preprocessed';
import type { Fold } from '../dataset/results';
import { checkpointsOf } from './modelFolder';
import type { StageContext } from './progress';

export interface ExportedFolds {
  files: string[];
  folds: Fold[];
}

/** @throws as `checkpointsOf` and the export */
export async function exportedFolds(
  options: {
    modelFolder: string;
    folds?: readonly Fold[];
    checkpoint?: string;
  } & StageContext,
): Promise<ExportedFolds> {
  throw new Error(
    `${options.modelFolder} ${checkpointsOf.name} ${createHash.name} ${mkdir.name} ${stat.name} ${tmpdir.name} ${userInfo.name} ${join.name} ${exists.name}`,
  );
}
