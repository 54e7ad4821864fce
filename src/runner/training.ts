/** A training from whatever is there to a validated model: the stages in order, each only where its result is missing or stale. */
import { existsSync, mkdirSync } from 'node:fs';
import { listPreprocessedCases, preprocessedPaths } from '../dataset/preprocessed';
import { modelPaths } from '../dataset/results';
import { packageVersion } from '../engine/locate';
import { copyFileAtomic } from '../images/atomicFile';
import { NnunetError } from '../method/errors';
import { nextStages } from '../method/plans';
import { fittingSafetensors, newestCheckpoint, writeNnunetCheckpoints } from '../pipeline/checkpoints';
import { writeDebugFile } from '../pipeline/debugFile';
import { readModel, type Model } from '../pipeline/modelFolder';
import { prepareStage } from '../pipeline/prepare';
import type { StageContext } from '../pipeline/progress';
import { requireEngine } from '../pipeline/requireEngine';
import { requireSpaceForTraining, checkTrainingMemory } from '../pipeline/resources';
import { previousStageFolder, requirePreviousStage } from '../pipeline/cascade';
import { splitOf } from '../pipeline/splits';
import { trainStage } from '../pipeline/train';
import { resumedSchedule, trainingRecipe } from '../pipeline/trainingRecipe';
import { validateStage } from '../pipeline/validate';
import { writeProgressPicture } from '../runs/progressPicture';
import { deviceFor, modelFolder } from '../runs/runFolder';
import type { TrainingSchedule } from '../engine/job';
import { datasetOf } from './request';
import type { Session } from './session';
import { TrainingLog } from './trainingLog';

/** @returns how it ended; failures are thrown */
export async function runTraining(session: Session): Promise<{ state: 'done' | 'stopped'; meanDice?: number | null }> {
  const { request, stop } = session;
  const { options } = request;
  const device = deviceFor(request);
  const context: StageContext = {
    progress: (report) => session.emit({ type: 'stage', ...report }),
    warn: (code, message) => session.warn(code, message),
    signal: stop.signal,
  };
  stop.enter('prepare');
  const engine = await requireEngine(device);
  session.note({
    versions: { nnunet: packageVersion(), node: process.version, core: engine.core, torch: engine.torch },
  });
  const dataset = await datasetOf(request);
  const prepared = await prepareStage(dataset, request.plans, request.configuration, {
    ...context,
    workers: options.workers,
  });
  const cases = await listPreprocessedCases(prepared.dataFolder);
  const split = await splitOf(dataset, request.fold, cases);
  const target = modelFolder(request);
  await publishModelFiles(dataset.preprocessed, request.plans, target);
  const model = await readModel(target, request.configuration);
  if (options.prepareNextStage) {
    for (const next of nextStages(model.configuration))
      await prepareStage(dataset, request.plans, next, { ...context, workers: options.workers });
  }
  const previousStage = previousStageFolder(request, model.configuration);
  if (previousStage) await requirePreviousStage(previousStage, [...split.train, ...split.val], model.configuration);
  const start = await startingPoint(session, model);
  session.note({ schedule: { ...start.schedule }, scheduleReason: start.reason });
  await writeDebugFile(session.folder, { request, model, split, schedule: start.schedule, seed: session.seed });
  checkTrainingMemory(model, device, context);
  await requireSpaceForTraining(model, session.folder, start.schedule.optimizer);
  stop.signal.throwIfAborted();

  stop.enter('train');
  const log = new TrainingLog(session.folder, new Date(), start.bestEma);
  log.line(`This split has ${split.train.length} training and ${split.val.length} validation cases.`);
  await trainStage({
    model,
    foldFolder: session.folder,
    dataFolder: prepared.dataFolder,
    previousStageFolder: previousStage,
    split,
    schedule: start.schedule,
    device,
    precision: options.precision,
    seed: session.seed,
    threads: options.threads,
    resume: start.resume,
    pretrained: start.pretrained,
    logFile: session.logFile,
    signal: stop.trainingSignal,
    onEvent: (event) => {
      if (event.type === 'prediction') return;
      session.emit(event);
      if (event.type === 'epoch') log.epoch(event);
    },
    onCoreStart: (pid) => session.noteCore(pid),
  });
  session.noteCore(undefined);
  stop.poll();
  const stopped = stop.requested;
  await writeForOthers(session, 'pth-not-written', "The checkpoints in nnU-Net's own format", () =>
    writeNnunetCheckpoints(session.folder, model, request.fold, request.trainer),
  );
  await writeForOthers(session, 'picture-not-written', 'progress.png', () => writeProgressPicture(session.folder));
  if (!options.validate || stop.signal.aborted) return { state: stopped ? 'stopped' : 'done' };

  stop.enter('validate');
  const summary = await validateStage({
    ...context,
    dataset,
    model,
    foldFolder: session.folder,
    cases: split.val,
    previousStageFolder: previousStage,
    device,
    precision: options.precision,
    threads: options.threads,
    saveProbabilities: options.npz,
    logFile: session.logFile,
    onCoreStart: (pid) => session.noteCore(pid),
  });
  session.noteCore(undefined);
  const dice = summary?.foreground_mean.Dice;
  return { state: stopped ? 'stopped' : 'done', meanDice: dice === undefined || Number.isNaN(dice) ? null : dice };
}

/** What was learned is safe in our own files; a copy for others must not make hours of training a failure. */
async function writeForOthers(session: Session, code: string, what: string, write: () => Promise<void>): Promise<void> {
  await write().catch((error: unknown) => {
    session.warn(code, `${what} could not be written: ${error instanceof NnunetError ? error.oneLine : String(error)}`);
  });
}

/** The copies that make a model folder complete without the dataset's folders. */
async function publishModelFiles(preprocessed: string, plansName: string, target: string): Promise<void> {
  const from = preprocessedPaths(preprocessed);
  const to = modelPaths(target);
  mkdirSync(target, { recursive: true });
  await copyFileAtomic(from.plans(plansName), to.plans);
  await copyFileAtomic(from.datasetJson, to.datasetJson);
  if (existsSync(from.fingerprint)) await copyFileAtomic(from.fingerprint, to.fingerprint);
}

interface StartingPoint {
  schedule: TrainingSchedule;
  reason: string;
  resume?: string;
  bestEma?: number;
  pretrained?: string;
}

async function startingPoint(session: Session, model: Model): Promise<StartingPoint> {
  const { options } = session.request;
  if (options.resume) {
    const checkpoint = await newestCheckpoint(session.folder);
    const before = session.earlier?.schedule as TrainingSchedule | undefined;
    if (checkpoint) {
      const resume = await fittingSafetensors(checkpoint.file, model);
      return { ...resumedSchedule(before, options, checkpoint), resume, bestEma: checkpoint.bestEma };
    }
    session.warn('nothing-to-resume', 'There is no checkpoint to continue from: the training starts anew.');
    // What was asked for then still holds, unless it is asked for anew.
    if (before && options.epochs === undefined && options.budgetSeconds === undefined) {
      return { schedule: before, reason: session.earlier?.scheduleReason ?? '' };
    }
  }
  const pretrained = options.pretrained ? await fittingSafetensors(options.pretrained, model, true) : undefined;
  const { configuration } = model;
  const planned = { batchSize: configuration.batch_size, patchSize: configuration.patch_size };
  return { ...trainingRecipe(options, planned), pretrained };
}
