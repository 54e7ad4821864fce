/** A training from whatever is there to a validated model: the stages in order, each only where its result is missing or stale. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { listPreprocessedCases, preprocessedPaths } from '../dataset/preprocessed';
import { foldPaths } from '../dataset/results';
import { readState, type CheckpointState } from '../engine/checkpointState';
import { EnergyMeter } from '../engine/energy';
import { packageVersion } from '../engine/locate';
import { SafetensorsFile } from '../engine/safetensors';
import { counted } from '../words/counted';
import { NnunetError } from '../method/errors';
import { distinctSettings, trainerFor } from '../method/trainerVariants';
import { nextStages } from '../method/plans';
import { warnOfChangedData } from '../pipeline/changedData';
import { fittingSafetensors, writeNnunetCheckpoints } from '../pipeline/checkpoints';
import { writeDebugFile } from '../pipeline/debugFile';
import { startingWeights, startWords } from '../pipeline/fineTuning';
import { modelOf, type Model } from '../pipeline/modelFolder';
import { prepareStage } from '../pipeline/prepare';
import type { StageContext } from '../pipeline/progress';
import { requireEngine } from '../pipeline/requireEngine';
import { requireSpaceForTraining, checkTrainingMemory } from '../pipeline/resources';
import { previousStageFolder, requirePreviousStage } from '../pipeline/cascade';
import { joinNewCases, splitToTrain } from '../pipeline/splits';
import { checkpointsBeyond, resumePoint, type ResumePoint } from '../pipeline/resumePoint';
import { trainStage } from '../pipeline/train';
import { requireLossFits, resumedSchedule, trainingRecipe } from '../pipeline/trainingRecipe';
import { optionValues } from '../pipeline/trainingSettings';
import { publishModelFiles, requireSameModel, restorePlans } from '../jobs/trainingTarget';
import { validateStage } from '../pipeline/prediction/validate';
import { readEpochs } from '../jobs/epochs';
import { writeProgressPicture } from '../runs/progressPicture';
import { takeBackEpochs } from '../jobs/takeBackEpochs';
import type { RunEvent } from '../protocol/events';
import { deviceFor, modelFolder, moveAside, type TrainOptions } from '../jobs/runFolder';
import type { TrainingSchedule } from '../engine/job';
import { datasetOf } from './request';
import { lengthAskedFor, resumedOptions } from './resumedOptions';
import type { TrainingSession } from './trainingSession';
import { TrainingLog } from './trainingLog';
import { unloggedEpochs } from './unloggedEpochs';

/** @returns how it ended; failures are thrown */
export async function runTraining(
  session: TrainingSession,
): Promise<{ state: 'done' | 'stopped'; meanDice?: number | null }> {
  const { request, stop } = session;
  const options = request.options.resume ? resumedOptions(session.earlier, request.options) : request.options;
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
  if (await restorePlans(request)) {
    session.warn(
      'plans-restored',
      `The plans ${request.plans} were missing: those that this model's folds were trained with are used.`,
    );
  }
  const prepared = await prepareStage(dataset, request.plans, request.configuration, {
    ...context,
    workers: options.workers,
    keepPlans: options.newCases,
  });
  const cases = await listPreprocessedCases(prepared.dataFolder);
  const joined = options.newCases && request.fold !== 'all' ? await joinNewCases(dataset, cases) : [];
  if (joined.length > 0) {
    const message = `${counted(joined.length, 'new case')} joined the folds: ${joined.slice(0, 5).join(', ')}${joined.length > 5 ? ', …' : ''}.`;
    session.emit({ type: 'note', message });
  }
  const { split, warnings } = await splitToTrain(dataset, request.fold, cases);
  for (const { code, message } of warnings) session.warn(code, message);
  const { datasetJson, plans } = preprocessedPaths(dataset.preprocessed);
  const files = { plans: plans(request.plans), datasetJson };
  const model = await modelOf(modelFolder(request), files, request.configuration);
  await requireSameModel(request, model);
  if (options.prepareNextStage) {
    for (const next of nextStages(model.configuration))
      await prepareStage(dataset, request.plans, next, { ...context, workers: options.workers });
  }
  const previousStage = previousStageFolder(request, model.configuration);
  if (previousStage) await requirePreviousStage(previousStage, [...split.train, ...split.val], model.configuration);
  const start = await startingPoint(session, model, options);
  checkTrainingMemory(model, device, context);
  await requireSpaceForTraining(model, session.folder, start.schedule.optimizer);
  stop.signal.throwIfAborted();
  if (start.point) {
    await warnOfChangedData({
      ...context,
      foldFolder: session.folder,
      dataFolder: prepared.dataFolder,
      split,
      checkpoint: start.point.source,
    });
    if (options.checkpoint !== undefined) await keepFurtherCheckpoints(session, start.point);
  }
  await bringLogUpToDate(session, start, model);
  await publishModelFiles(request, model);
  session.note({ schedule: { ...start.schedule }, scheduleReason: start.reason });
  await writeDebugFile(session.folder, { request, model, split, schedule: start.schedule, seed: session.seed });

  stop.enter('train');
  const log = new TrainingLog(session.folder, new Date(), start.point?.bestEma);
  log.line(`This split has ${split.train.length} training and ${counted(split.val.length, 'validation case')}.`);
  for (const { message } of warnings) log.line(`WARNING: ${message}`);
  const energy = new EnergyMeter();
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
    resume: start.point?.file,
    pretrained: start.pretrained,
    freshHeads: start.freshHeads,
    logFile: session.logFile,
    signal: stop.trainingSignal,
    onEvent: (event) => {
      if (event.type === 'prediction') return;
      session.emit(withBudget(event, start));
      if (event.type !== 'epoch') return;
      log.epoch(event);
      stop.epochEnded(event.epochs !== null && event.epoch + 1 >= event.epochs);
    },
    onCoreStart: (pid) => session.noteCore(pid),
  }).finally(async () => {
    session.note({ energyJoules: energy.stop() });
    if (start.isTemporary) await rm(start.pretrained!, { force: true });
  });
  session.noteCore(undefined);
  stop.poll();
  const stopped = stop.requested;
  // Stopped before there was anything to save.
  if (!existsSync(foldPaths(session.folder).checkpoint('final'))) return { state: 'stopped' };
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
async function writeForOthers(
  session: TrainingSession,
  code: string,
  what: string,
  write: () => Promise<void>,
): Promise<void> {
  await write().catch((error: unknown) => {
    session.warn(code, `${what} could not be written: ${error instanceof NnunetError ? error.oneLine : String(error)}`);
  });
}

/** Where one is chosen, those that it does not come after go aside: the next start would take them for this training's newest. */
async function keepFurtherCheckpoints(session: TrainingSession, point: ResumePoint): Promise<void> {
  const beyond = await checkpointsBeyond(session.folder, point);
  if (beyond.length === 0) return;
  const names = beyond.map((file) => basename(file));
  const aside = moveAside(session.folder, names);
  session.warn(
    'checkpoints-kept',
    `The training goes on after epoch ${point.epoch}; ${names.join(', ')} went to ${aside}.`,
  );
}

interface StartingPoint {
  schedule: TrainingSchedule;
  reason: string;
  point?: ResumePoint;
  pretrained?: string;
  freshHeads?: boolean;
  /** What is pretrained is a file of this training only. */
  isTemporary?: boolean;
}

async function startingPoint(session: TrainingSession, model: Model, options: TrainOptions): Promise<StartingPoint> {
  const { trainer } = session.request;
  let length: Pick<TrainOptions, 'epochs' | 'budgetSeconds'> = options;
  if (options.resume) {
    const point = await resumePoint(session.folder, options.checkpoint);
    const before = (session.earlier?.schedule ?? point?.schedule) as TrainingSchedule | undefined;
    if (point) {
      await fittingSafetensors(point.file, model);
      return { ...resumedSchedule(before, { ...options, trainer }, point), point };
    }
    session.warn('nothing-to-resume', 'There is no checkpoint to continue from: the training starts anew.');
    // What was asked for then still holds, unless it is asked for anew.
    length = lengthAskedFor(session.earlier, options);
  }
  const { configuration } = model;
  const planned = { batchSize: configuration.batch_size, patchSize: configuration.patch_size };
  const recipe = trainingRecipe({ ...options, ...length, trainer }, planned);
  requireLossFits(recipe.schedule.loss, model.labels.usesRegions);
  sayWhatNnunetMakesOfIt(session, options);
  if (options.from !== undefined) return { ...recipe, ...(await takenWeights(session, model, options.from)) };
  const pretrained = options.pretrained ? await fittingSafetensors(options.pretrained, model, true) : undefined;
  return { ...recipe, pretrained };
}

async function takenWeights(
  session: TrainingSession,
  model: Model,
  from: string,
): Promise<Pick<StartingPoint, 'pretrained' | 'freshHeads' | 'isTemporary'>> {
  const { folder, seed } = session;
  const { file, description } = await startingWeights(from, model, { folder, seed });
  session.emit({ type: 'note', message: startWords(description), startingWeights: description });
  return { pretrained: file, freshHeads: false, isTemporary: true };
}

/** The folder's name is that of a class; where it does not say all, the person should know before long. */
function sayWhatNnunetMakesOfIt(session: TrainingSession, options: TrainOptions): void {
  const { trainer } = session.request;
  if (trainerFor(options, trainer).isExact) return;
  const settings = optionValues(distinctSettings(options));
  const named = Object.entries(settings).flatMap(([option, value]) =>
    value === undefined || value === false ? [] : [value === true ? option : `${option} ${value}`],
  );
  session.emit({
    type: 'note',
    message: `nnU-Net has no trainer class that does just this (${named.join(', ')}). The model bears the name ${trainer}: nnU-Net predicts with it, but would go on with it as ${trainer} trains. Here it goes on as it began.`,
  });
}

/** The core knows when its time is up, and does not say so: whoever shows the run wants to. */
function withBudget(event: RunEvent, { schedule, point }: StartingPoint): RunEvent {
  if (event.type !== 'stage' || event.stage !== 'train' || event.state !== 'started') return event;
  if (schedule.budgetSeconds === null) return event;
  return { ...event, budgetSeconds: Math.max(0, schedule.budgetSeconds - (point?.elapsedSeconds ?? 0)) };
}

/** The log has the checkpoint's epochs, each once: what a killed runner did not get to log, and nothing that is trained again. */
async function bringLogUpToDate(
  session: TrainingSession,
  { point, schedule }: StartingPoint,
  model: Model,
): Promise<void> {
  const { epochs, iterationsPerEpoch, batchSize } = schedule;
  const samples = iterationsPerEpoch * (batchSize ?? model.configuration.batch_size);
  const finished = point ? await stateOf(point) : undefined;
  const unlogged = finished ? unloggedEpochs(readEpochs(session.folder), finished, { epochs, samples }) : [];
  takeBackEpochs(session.folder, unlogged[0]?.epoch ?? finished?.epoch ?? 0);
  for (const event of unlogged) session.emit(event);
}

async function stateOf({ file }: ResumePoint): Promise<CheckpointState> {
  const checkpoint = await SafetensorsFile.open(file);
  try {
    return readState(checkpoint.metadata, file);
  } finally {
    await checkpoint.close();
  }
}
