/** From which checkpoint a resumed training goes on: the one trained longest, or the one that is asked for. */
import { basename, dirname, resolve } from 'node:path';
import { foldPaths, listCheckpoints } from '../dataset/results';
import { readState } from '../engine/checkpointState';
import { requireOptimizerFits } from '../engine/optimizerState';
import { SafetensorsFile } from '../engine/safetensors';
import { EngineError, NnunetError } from '../method/errors';
import { exists } from '../storage/exists';
import { asSafetensors } from './checkpoints';
import { newestForm } from './newestForm';

export interface ResumePoint {
  /** Finished epochs. */
  epoch: number;
  /** Of training, over all starts. */
  elapsedSeconds: number;
  bestEma?: number;
  /** As the core was given it; null for nnU-Net's checkpoints. */
  schedule: unknown;
  /** As it lies on disk. */
  source: string;
  /** .safetensors with the same content. */
  file: string;
}

const kinds = ['final', 'latest', 'best'] as const;

export function isCheckpointKind(word: string): boolean {
  return kinds.some((kind) => kind === word);
}

/**
 * @param choice  latest, best, final or a file
 * @returns undefined where none is asked for and the training had not saved any
 * @throws EngineError `checkpoint-missing`; `bad-checkpoint` where the checkpoint is damaged, or one that may be the newest
 */
export async function resumePoint(foldFolder: string, choice?: string): Promise<ResumePoint | undefined> {
  if (choice !== undefined) return openPoint(await chosenFile(foldFolder, choice), foldFolder);
  let furthest: ResumePoint | undefined;
  for (const kind of kinds) {
    const file = await newestForm(await formsOf(foldFolder, kind));
    const point = file === undefined ? undefined : await openPoint(file, foldFolder);
    if (point && (!furthest || isFurther(point, furthest))) furthest = point;
  }
  return furthest;
}

async function formsOf(foldFolder: string, kind: (typeof kinds)[number]): Promise<string[]> {
  const { checkpoint } = foldPaths(foldFolder);
  const there = await listCheckpoints(foldFolder);
  return [checkpoint(kind), checkpoint(kind, 'pth')].filter((file) => there.includes(file));
}

/** Checkpoints that would be taken for newer than the one that is gone on from: further ones, those of another training, damaged ones. */
export async function checkpointsBeyond(foldFolder: string, point: ResumePoint): Promise<string[]> {
  const isOfThisFold = dirname(point.source) === resolve(foldFolder);
  const beyond: string[] = [];
  for (const file of await listCheckpoints(foldFolder)) {
    if (resolve(file) === point.source) continue;
    const other = isOfThisFold ? await readPoint(file).catch(damageOnly) : undefined;
    if (!other || isFurther(other, point)) beyond.push(file);
  }
  return beyond;
}

function isFurther(a: ResumePoint, b: ResumePoint): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.elapsedSeconds > b.elapsedSeconds);
}

async function chosenFile(foldFolder: string, choice: string): Promise<string> {
  const kind = kinds.find((one) => one === choice);
  const asked = kind ? await newestForm(await formsOf(foldFolder, kind)) : resolve(choice);
  if (asked !== undefined && (await exists(asked))) return asked;
  const there = await listCheckpoints(foldFolder);
  throw new EngineError(
    'checkpoint-missing',
    `There is no ${kind ? `checkpoint_${kind}` : 'such checkpoint'} to go on from`,
    {
      where: kind ? foldFolder : asked,
      hint:
        there.length > 0
          ? `There are: ${there.map((file) => basename(file)).join(', ')}.`
          : 'This fold has no checkpoints: train it without --resume.',
    },
  );
}

async function openPoint(file: string, foldFolder: string): Promise<ResumePoint> {
  try {
    return await readPoint(file);
  } catch (error) {
    if (!(error instanceof NnunetError)) throw error;
    const usable = await usableCheckpoints(foldFolder);
    const named = usable.slice(0, 2).map(({ choice, epoch }) => {
      return `--resume --checkpoint ${isCheckpointKind(choice) ? choice : `"${choice}"`} (after epoch ${epoch})`;
    });
    throw new EngineError(error.code, `A checkpoint of this training can't be used: ${error.message}`, {
      where: file,
      hint: named.length > 0 ? `Go on from another one: ${named.join(', or ')}.` : error.hint,
      cause: error,
    });
  }
}

/** What a training of this fold can go on from, as `resumePoint` takes it: kinds first, then files. */
export async function usableCheckpoints(foldFolder: string): Promise<{ choice: string; epoch: number }[]> {
  const usable: { choice: string; epoch: number }[] = [];
  for (const file of await listCheckpoints(foldFolder)) {
    const point = await readPoint(file).catch(damageOnly);
    if (!point) continue;
    const kind = basename(file).replace(/^checkpoint_|\..*$/g, '');
    const isNamed = (await chosenFile(foldFolder, kind)) === file;
    usable.push({ choice: isNamed ? kind : file, epoch: point.epoch });
  }
  return usable.sort((a, b) => Number(isCheckpointKind(b.choice)) - Number(isCheckpointKind(a.choice)));
}

function damageOnly(error: unknown): undefined {
  if (!(error instanceof NnunetError)) throw error;
}

async function readPoint(source: string): Promise<ResumePoint> {
  const file = await asSafetensors(source);
  const checkpoint = await SafetensorsFile.open(file);
  try {
    const { epoch, elapsedSeconds, bestEma, schedule } = readState(checkpoint.metadata, source);
    requireOptimizerFits(checkpoint.tensors, source);
    return { epoch, elapsedSeconds, bestEma: bestEma ?? undefined, schedule, source: resolve(source), file };
  } finally {
    await checkpoint.close();
  }
}
