/** Runs the core over preprocessed cases and writes each label map as soon as it is there, while the core works on the next case. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeScratch } from '../../storage/scratch';
import type { CaseProperties } from '../../dataset/properties';
import { runCore } from '../../engine/core';
import { predictJob, type NextStageOutput, type PredictCase } from '../../engine/job';
import { availableCores } from '../../engine/machine';
import type { ReaderName } from '../../images/types';
import type { PredictionEvent, StageEvent } from '../../protocol/events';
import type { Model } from '../modelFolder';
import { writePredictedCase } from './predictionOutput';

export interface CaseToPredict {
  case: string;
  /** Preprocessed image, .npy, and its properties, .json. */
  data: string;
  propertiesFile: string;
  properties: CaseProperties;
  /** Cascade: the previous stage's labels in the preprocessed geometry. */
  previousStage?: string;
  nextStage?: NextStageOutput;
}

interface CorePredictionOptions {
  model: Model;
  /** .safetensors, one per fold. */
  checkpoints: string[];
  mirrorAxes: number[] | null;
  stepSize: number;
  device: string;
  precision: string;
  threads?: number;
  /** Has a case's files written: `write` gets their folder and returns the mask there. @returns where the mask is in the end */
  writeCase(write: (folder: string) => Promise<string>): Promise<string>;
  saveProbabilities: boolean;
  logFile?: string;
  signal?: AbortSignal;
  onCoreStart?(pid: number): void;
  /** Tiles of the case in work. */
  onTiles?(event: StageEvent): void;
  onWritten(result: WrittenPrediction): void;
  warn(code: string, message: string): void;
}

export interface WrittenPrediction {
  case: string;
  output: string;
  seconds: number;
}

export async function predictCases(cases: readonly CaseToPredict[], options: CorePredictionOptions): Promise<void> {
  const { model } = options;
  const scratch = await makeScratch('predict');
  // One case is written at a time; the core's next prediction waits on disk.
  let writing: Promise<void> = Promise.resolve();
  const byName = new Map(cases.map((entry) => [entry.case, entry]));
  const jobCases = cases.map((entry, index) => jobCase(entry, join(scratch, String(index)), options.saveProbabilities));
  const probabilitiesOf = new Map(jobCases.map((entry) => [entry.case, entry.probabilities]));
  const write = async (event: PredictionEvent): Promise<void> => {
    const output = await options.writeCase((folder) =>
      writePredictedCase({
        output: join(folder, event.case),
        fileEnding: model.datasetJson.file_ending,
        reader: model.plans.image_reader_writer as ReaderName,
        properties: byName.get(event.case)!.properties,
        labels: event.output,
        probabilities: probabilitiesOf.get(event.case) ?? null,
      }),
    );
    options.onWritten({ case: event.case, output, seconds: event.seconds });
  };
  try {
    await runCore(
      predictJob(model, {
        device: options.device,
        precision: options.precision,
        threads: options.threads ?? availableCores(),
        mirrorAxes: options.mirrorAxes,
        stepSize: options.stepSize,
        checkpoints: options.checkpoints,
        cases: jobCases,
      }),
      {
        logFile: options.logFile,
        signal: options.signal,
        onStart: options.onCoreStart,
        onEvent: (event) => {
          if (event.type === 'stage') options.onTiles?.(event);
          else if (event.type === 'warning') options.warn(event.code, event.message);
          else if (event.type === 'prediction') writing = writing.then(() => write(event));
          writing.catch(() => undefined); // Awaited below; until then a failure must not count as unhandled.
        },
      },
    );
    await writing;
    options.signal?.throwIfAborted();
  } finally {
    await writing.catch(() => undefined);
    await rm(scratch, { recursive: true, force: true });
  }
}

function jobCase(entry: CaseToPredict, scratch: string, saveProbabilities: boolean): PredictCase {
  return {
    case: entry.case,
    data: entry.data,
    properties: entry.propertiesFile,
    previousStage: entry.previousStage ?? null,
    output: `${scratch}.npy`,
    probabilities: saveProbabilities ? `${scratch}_probabilities.npy` : null,
    nextStage: entry.nextStage ?? null,
  };
}
