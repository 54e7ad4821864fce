/** Which of a checkpoint's two forms counts: .pth is a copy of our .safetensors, unless nnU-Net went on training from it. */
import { inspectPth } from '../engine/checkpoint';
import { readState, stateKey } from '../engine/checkpointState';
import { SafetensorsFile } from '../engine/safetensors';
import { NnunetError } from '../method/errors';

/** @param files  the forms of one checkpoint that exist, ours first */
export async function newestForm(files: readonly string[]): Promise<string | undefined> {
  const [ours, theirs] = files;
  if (ours === undefined || theirs === undefined) return ours;
  try {
    const epoch = await finishedEpochs(ours);
    return epoch !== undefined && (await inspectPth(theirs)).epoch > epoch ? theirs : ours;
  } catch (error) {
    // Whoever uses a damaged one says so.
    if (error instanceof NnunetError) return ours;
    throw error;
  }
}

/** @returns undefined for a file of which nothing tells it */
export async function finishedEpochs(safetensors: string): Promise<number | undefined> {
  const checkpoint = await SafetensorsFile.open(safetensors);
  try {
    return checkpoint.metadata[stateKey] === undefined ? undefined : readState(checkpoint.metadata, safetensors).epoch;
  } finally {
    await checkpoint.close();
  }
}
