/** Stage "train": one fold's training in the native core, from preprocessed cases to checkpoint_final. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCore } from '../engine/core';
import { trainJob, type TrainingSchedule } from '../engine/job';
import { availableCores } from '../engine/machine';
import type { Split } from '../method/splits';
import type { CoreEvent } from '../protocol/events';
import type { Model } from './modelFolder';

interface TrainStageOptions {
  model: Model;
  foldFolder: string;
  dataFolder: string;
  previousStageFolder?: string;
  split: Split;
  schedule: TrainingSchedule;
  device: string;
  precision: string;
  seed: number;
  threads?: number;
  /** .safetensors */
  resume?: string;
  pretrained?: string;
  freshHeads?: boolean;
  logFile: string;
  signal: AbortSignal;
  onEvent(event: CoreEvent): void;
  onCoreStart(pid: number): void;
}

/** @throws EngineError */
export async function trainStage(options: TrainStageOptions): Promise<void> {
  const cores = options.threads ?? availableCores();
  const job = trainJob(options.model, {
    folder: options.foldFolder,
    dataFolder: options.dataFolder,
    previousStageFolder: options.previousStageFolder,
    trainCases: options.split.train,
    valCases: options.split.val,
    device: options.device,
    precision: options.precision,
    threads: cores,
    dataThreads: Math.max(1, Math.min(12, cores)),
    seed: options.seed,
    schedule: options.schedule,
    resume: options.resume,
    pretrained: options.pretrained,
    freshHeads: options.freshHeads,
  });
  await mkdir(join(options.foldFolder, 'control'), { recursive: true });
  await runCore(job, {
    onEvent: options.onEvent,
    onStart: options.onCoreStart,
    logFile: options.logFile,
    signal: options.signal,
    jobFile: join(options.foldFolder, 'control', 'train-job.json'),
  });
}
