import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { resolveDataset, type DatasetReference } from '../../dataset/references';
import { readDatasetJson } from '../../dataset/rawDataset';
import { EngineError, UsageError } from '../../method/errors';
import { LabelManager } from '../../method/labels';
import { defaultPlansName } from '../../pipeline/plan';
import { isCheckpointKind } from '../../pipeline/resumePoint';
import { requireEngine } from '../../pipeline/requireEngine';
import { requireFree } from '../../dataset/foldLock';
import { foldFolder, type RunRequest, type TrainOptions } from '../../jobs/runFolder';
import { crossValidationGraph } from '../../jobs/crossValidation';
import { submitJobs } from '../../jobs/submit';
import { withStart } from '../../jobs/startingRequest';
import { trainingJobs } from '../../jobs/trainingJobs';
import { countedAre } from '../../words/counted';
import { clusterOptions, launcherFrom } from '../clusterOptions';
import type { Command } from '../command';
import { parseFolds } from '../folds';
import { followTrainings, tellDetached } from '../followTrainings';
import { localStarter } from '../localStarter';
import type { ParsedArguments } from '../parsedArguments';
import { requireConfiguration } from '../../pipeline/requireConfiguration';
import { chosenTrainer, trainerOptions } from '../trainerOptions';
import { rootsFor } from '../roots';
import { detachOption } from '../submitAndFollow';
import { computeOptions, deviceOptions } from './deviceOptions';
import { configurationOption, plansOption, workersOption } from './workOptions';
import { lengthOptions, requireOneLength, seedOption } from './lengthOptions';

export const trainCommand: Command = {
  name: 'train',
  summary: 'train folds: plans and preprocesses what is missing, trains, validates',
  description:
    'Runs what is missing or out of date (measuring, planning, preprocessing), trains one fold of the cross-validation in the native engine, and validates it on the cases that were left out. The training is a process of its own: it goes on when this terminal is closed. While another job has the device or the memory that it needs, it waits for its turn. Ctrl-C takes it off the list then; later it asks it to stop, which keeps what was learned and validates; a second Ctrl-C leaves out the validation.\nThe second stage of a cascade learns from the predictions of the first: what is missing of that is trained before it.\nIts files are in nnUNet_results/DatasetXXX_Name/nnUNetTrainer__PLANS__CONFIG/fold_N; what another trainer class of nnU-Net does bears its name there, whether it is asked for by --trainer or by options. Without --epochs or --budget it trains 1000 epochs as nnU-Net does, which takes days without a GPU.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    configurationOption(
      'what to train: 2d, 3d_fullres, 3d_lowres, 3d_cascade_fullres, or one of your own in the plans; several, as in -c 2d 3d_fullres, one after the other',
      { required: true },
    ),
    {
      name: 'fold',
      alias: 'f',
      kind: 'list',
      value: 'FOLDS',
      required: true,
      description:
        '0 to 4: one fifth of the cases is left out for validation; "all": none is; 5 and more: a random fifth. Several, as in -f 0 1 2 or -f 0,1,2, are trained one after the other',
    },
    ...lengthOptions({
      epochs: 'length of the training',
      budget: 'e.g. 20m or 1h30m; validation comes on top',
      shortly: 'budgets under two hours',
    }),
    {
      name: 'batch-size',
      kind: 'integer',
      value: 'N',
      min: 1,
      max: 100000,
      description: 'samples in a training step (default: as planned; fewer for budgets under two hours)',
    },
    ...trainerOptions,
    { name: 'elastic', kind: 'flag', description: 'also deform the scans elastically, as the first nnU-Net did' },
    ...deviceOptions,
    seedOption('a random one, noted in run.json'),
    {
      name: 'resume',
      kind: 'flag',
      description:
        'continue a stopped, killed or finished training of this fold; --epochs gives a new total, --budget further time',
    },
    {
      name: 'checkpoint',
      kind: 'text',
      value: 'WHICH',
      description:
        'with --resume: go on from "latest", "best", "final" or a checkpoint file (default: the one trained longest)',
    },
    plansOption,
    {
      name: 'pretrained',
      kind: 'text',
      value: 'FILE',
      description: 'start from the weights of this checkpoint (.pth or .safetensors), except the output layers',
    },
    {
      name: 'from',
      kind: 'text',
      value: 'MODEL',
      description:
        'fine-tune: start from the weights of this checkpoint or model folder, also of one with other labels or channels. Outputs and channels of the same name are taken, new channels begin with the mean of the others; the log says which. Often with --warmup and a lower --learning-rate',
    },
    {
      name: 'again',
      kind: 'flag',
      description:
        'train trained folds again from what they have learned, with the cases that were added since: those join the folds, and the plans stay',
    },
    { name: 'npz', kind: 'flag', description: 'validation also saves probabilities, which ensembles need' },
    {
      name: 'for-cascade',
      kind: 'flag',
      description: 'also preprocess for the next stage of a cascade, so that validation leaves what that is trained on',
    },
    { name: 'no-validation', kind: 'flag', description: 'do not validate at the end' },
    {
      name: 'then-evaluate',
      kind: 'flag',
      description:
        'once the folds of a configuration are trained, measure all cases that they left out together: summary.json in crossval_results_folds_…',
    },
    workersOption('cases preprocessed at a time'),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    { command: 'nnunet train 4 -c 3d_fullres -f 0 --budget 15m', explains: 'a quick first training' },
    { command: 'nnunet train 4 -c 3d_fullres -f 0', explains: "nnU-Net's full training" },
    { command: 'nnunet train 4 -c 3d_fullres -f 0 1 2 3 4', explains: 'all five folds, one after the other' },
    {
      command: 'nnunet train 4 -c 2d 3d_fullres -f 0 1 2 3 4 --then-evaluate',
      explains: 'two whole cross-validations, with the Dice of each',
    },
    {
      command: 'nnunet train 4 -c 3d_fullres -f 0 1 2 3 4 --launcher slurm --partition gpu --gpus 1 --detach',
      explains: 'the same on a cluster, side by side',
    },
    {
      command: 'nnunet train 4 -c 3d_fullres -f 0 --mirroring none',
      explains: "as nnU-Net's nnUNetTrainerNoMirroring, where left and right are different labels",
    },
    {
      command: 'nnunet train 5 -c 3d_fullres -f 0 --from liver/fold_0/checkpoint_final.pth --epochs 250 --warmup 10',
      explains: 'fine-tunes a model; see "nnunet move-plans" for the plans of the new dataset',
    },
    {
      command: 'nnunet train 4 -c 3d_fullres -f 0 --resume --epochs 1500',
      explains: 'continues it, up to 1500 epochs',
    },
  ],
  async run(parsed, { output, signal }) {
    const { requests, names } = await requestsFrom(parsed);
    // Here already, so that an earlier training of this fold is not put aside for one that can't start.
    const where = launcherFrom(parsed);
    if (where.launcher === 'local') await requireEngine(requests[0]!.options.device);
    const onWait = ({ pid, host }: { pid: number; host: string }): void =>
      output.note(
        `Process ${pid} on ${host} was training this fold. Waiting for a sign of life, two minutes at most …`,
      );
    for (const request of requests) await requireFree(foldFolder(request), onWait);
    const resultsRoot = rootsFor(parsed).results;
    const trainings = await trainingJobs(resultsRoot, requests, where);
    const added = trainings.length - requests.length;
    if (added > 0) {
      const later = trainings.find(({ after }) => after.length > 0)!;
      output.note(
        `${later.request.configuration} learns from the predictions of ${trainings[0]!.request.configuration}: ${countedAre(added, 'training')} put before it.`,
      );
    }
    const evaluations = parsed.flag('then-evaluate') ? crossValidationGraph(trainings, requests).evaluations : [];
    const starter = localStarter(onWait);
    const submitted = await submitJobs(resultsRoot, [...trainings, ...evaluations], starter);
    const batch = { resultsRoot, jobs: trainings, evaluations, starter, classNames: names, output, signal };
    return parsed.flag('detach') ? tellDetached(batch, submitted) : followTrainings(batch);
  },
};

async function requestsFrom(parsed: ParsedArguments): Promise<{ requests: RunRequest[]; names: string[] }> {
  const folds = parseFolds(parsed.list('fold')!);
  requireOneLength(parsed);
  const pretrained = parsed.text('pretrained');
  requireOneStart(parsed);
  const checkpoint = parsed.text('checkpoint');
  if (checkpoint !== undefined && !parsed.flag('resume')) {
    throw new UsageError('conflicting-options', '--checkpoint was given without --resume', {
      hint: 'Add --resume to go on from it, or use --pretrained to start anew from its weights.',
    });
  }
  if (parsed.flag('no-validation') && parsed.flag('then-evaluate')) {
    throw new UsageError('conflicting-options', '--no-validation and --then-evaluate were both given', {
      hint: 'What is evaluated are the predictions of the validations: leave one of them out.',
    });
  }
  if (pretrained !== undefined) {
    await access(pretrained).catch(() => {
      throw new EngineError('checkpoint-missing', 'There is no such checkpoint', {
        where: pretrained,
        hint: 'Check the path after --pretrained.',
      });
    });
  }
  const { trainer, settings, epochs } = chosenTrainer(parsed);
  const isNew = !parsed.flag('resume');
  const dataset = await resolveDataset(parsed.positionals[0]!, rootsFor(parsed));
  const configurations = [...new Set(parsed.list('configuration')!)];
  const plans = parsed.text('plans') ?? defaultPlansName;
  for (const configuration of configurations) await requireConfiguration(dataset, plans, configuration);
  const common = {
    dataset: dataset.folderName,
    folders: { raw: dataset.raw, preprocessed: dataset.preprocessed, results: dataset.results },
    plans,
    trainer,
    options: {
      epochs: parsed.number('epochs') ?? (isNew && !parsed.has('budget') ? epochs : undefined),
      budgetSeconds: parsed.number('budget'),
      iterationsPerEpoch: parsed.number('iterations-per-epoch'),
      ...settings,
      batchSize: parsed.number('batch-size'),
      elastic: parsed.flag('elastic') || undefined,
      ...computeOptions(parsed),
      seed: parsed.number('seed'),
      workers: parsed.number('workers'),
      pretrained: pretrained === undefined ? undefined : resolve(pretrained),
      npz: parsed.flag('npz'),
      validate: !parsed.flag('no-validation'),
      resume: parsed.flag('resume'),
      // A file is meant from here, not from the folder that the run works in.
      checkpoint: checkpoint === undefined || isCheckpointKind(checkpoint) ? checkpoint : resolve(checkpoint),
      newCases: parsed.flag('again') || undefined,
      prepareNextStage: parsed.flag('for-cascade') || undefined,
    } satisfies TrainOptions,
  };
  const given = parsed.text('from');
  const from = given === undefined ? undefined : resolve(given);
  const requests: RunRequest[] = [];
  for (const configuration of configurations) {
    for (const fold of folds) {
      const request: RunRequest = { ...common, configuration, fold };
      requests.push(await withStart(request, parsed.flag('again') ? foldFolder(request) : from));
    }
  }
  return { requests, names: await classNames(dataset) };
}

/** @throws UsageError `conflicting-options` where a training would begin in two ways */
function requireOneStart(parsed: ParsedArguments): void {
  const given = ['resume', 'pretrained', 'from', 'again'].filter((name) => parsed.has(name));
  if (given.length < 2) return;
  throw new UsageError('conflicting-options', `--${given[0]} and --${given[1]} were both given`, {
    hint: 'A training begins in one way only: leave one of them out.',
  });
}

export async function classNames(dataset: DatasetReference): Promise<string[]> {
  if (!dataset.exists.raw) return [];
  return new LabelManager(await readDatasetJson(dataset.raw)).foregroundNames;
}
