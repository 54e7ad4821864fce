import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { foldPaths, modelPaths, type Fold } from '../../../src/dataset/results';
import type { NnunetError } from '../../../src/method/errors';
import { chooseFolds } from '../../../src/pipeline/chosenFolds';
import { exportOnnxStage } from '../../../src/pipeline/prediction/exportOnnx';
import type { RunEvent } from '../../../src/protocol/events';
import { followJob } from '../../../src/jobs/followJob';
import { activeHolder } from '../../../src/dataset/foldLock';
import { foldFolder, modelFolder, readRecord, type TrainOptions } from '../../../src/jobs/runFolder';
import { launchTraining } from './launchTraining';
import { preprocessedOf, requestFor, writePreprocessedDataset } from './preprocessedDataset';

let root: string;
let model: string;

beforeEach(async () => {
  root = await writePreprocessedDataset();
  model = modelFolder(requestFor(root));
});

afterEach(async () => {
  for (const fold of ['all', 0, 1] as const) {
    const holder = activeHolder(foldFolder(requestFor(root, {}, fold)));
    if (holder) process.kill(holder.pid, 'SIGKILL');
    if (holder?.core) process.kill(holder.core.pid, 'SIGKILL');
  }
  delete process.env.NNUNET_CORE;
  await sleep(20);
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

async function train(fold: Fold, options: Partial<TrainOptions> = {}): Promise<RunEvent[]> {
  const { folder, record } = await launchTraining(requestFor(root, options, fold));
  const events: RunEvent[] = [];
  for await (const event of followJob(folder, record.eventsOffset)) events.push(event);
  return events;
}

const state = (events: readonly RunEvent[]) => (events.at(-1) as Extract<RunEvent, { type: 'finished' }>).state;
const warned = (events: readonly RunEvent[], code: string) =>
  events.some((event) => event.type === 'warning' && event.code === code);
const epochs = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));

interface EditedPlans {
  foreground_intensity_properties_per_channel: Record<string, Record<string, number>>;
  configurations: Record<string, { batch_size: number; patch_size: number[]; spacing: number[] }>;
}

function editPlans(change: (plans: EditedPlans) => void): void {
  const file = preprocessedOf(root).plans('nnUNetPlans');
  const plans = JSON.parse(fs.readFileSync(file, 'utf8')) as EditedPlans;
  change(plans);
  fs.writeFileSync(file, JSON.stringify(plans));
}

const otherPatch = () => editPlans(({ configurations }) => (configurations['3d_fullres']!.patch_size = [16, 16, 16]));
const otherSpacing = () => editPlans(({ configurations }) => (configurations['3d_fullres']!.spacing = [2, 1, 1]));

/** Every file below the model folder, with its content. */
function contents(folder = model): Record<string, string> {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), fs.readFileSync(join(parentPath, name), 'latin1')]),
  );
}

const refused = (code: string, ...said: RegExp[]) => {
  return (error: NnunetError) => {
    assert.equal(error.code, code);
    for (const pattern of said) assert.match(error.oneLine, pattern);
    return true;
  };
};

describe('a model folder', () => {
  it('is left as it is by a resume with other plans, which is refused and says what differs', async () => {
    await train('all');
    const before = contents();
    otherPatch();
    const resumed = train('all', { resume: true, epochs: 9 });
    await assert.rejects(
      resumed,
      refused('model-differs', /Fold all was trained/, /patch_size was \[.*\] and is \[16,16,16\]/),
    );
    assert.deepEqual(contents(), before);
  });

  it('is left as it is by another fold with other plans or labels', async () => {
    await train(0);
    const before = contents();
    otherPatch();
    await assert.rejects(train(1), refused('model-differs', /Fold 0 of this model/, /--plans nnUNetPlans_2/));
    fs.copyFileSync(modelPaths(model).plans, preprocessedOf(root).plans('nnUNetPlans'));
    const datasetJson = JSON.parse(fs.readFileSync(preprocessedOf(root).datasetJson, 'utf8')) as { labels: object };
    fs.writeFileSync(
      preprocessedOf(root).datasetJson,
      JSON.stringify({ ...datasetJson, labels: { background: 0, vessel: 1 } }),
    );
    await assert.rejects(
      train(1),
      refused('model-differs', /other labels or channels: labels was .*organ.* is .*vessel/),
    );
    assert.deepEqual(contents(), before);
  });

  it('keeps its files where plans changed in nothing that its folds depend on, and trains with the new ones', async () => {
    await train(0);
    const before = fs.readFileSync(modelPaths(model).plans);
    editPlans((plans) => {
      plans.configurations['3d_fullres']!.batch_size = 7;
      plans.foreground_intensity_properties_per_channel['0']!.mean = 5; // z-scores don't look at it
    });
    assert.equal(state(await train(1)), 'done');
    assert.ok(fs.readFileSync(modelPaths(model).plans).equals(before));
    const job = join(foldFolder(requestFor(root, {}, 1)), 'control', 'train-job.json');
    assert.equal((JSON.parse(fs.readFileSync(job, 'utf8')) as { batchSize: number }).batchSize, 7);
  });

  it('is that of new plans where its only fold is trained anew; the earlier run keeps its own', async () => {
    await train(0);
    const before = fs.readFileSync(modelPaths(model).plans, 'utf8');
    otherPatch();
    assert.equal(state(await train(0)), 'done');
    assert.notEqual(fs.readFileSync(modelPaths(model).plans, 'utf8'), before);
    const earlier = join(model, 'fold_0', 'earlier_runs');
    const kept = join(earlier, fs.readdirSync(earlier)[0]!);
    assert.equal(fs.readFileSync(modelPaths(kept).plans, 'utf8'), before);
    const chosen = await chooseFolds({ modelFolder: kept });
    assert.equal(chosen.model.configurationName, '3d_fullres');
    assert.deepEqual(
      chosen.checkpoints.map(({ file }) => basename(file)),
      ['checkpoint_final.safetensors'],
    );
  });

  it('gives back plans that were lost', async () => {
    otherPatch();
    await train(0);
    fs.rmSync(preprocessedOf(root).plans('nnUNetPlans'));
    const events = await train(1);
    assert.equal(state(events), 'done');
    assert.ok(warned(events, 'plans-restored'));
  });

  it('does not predict with folds that were trained with different plans, or with plans that none was trained with', async () => {
    await train(0);
    const plans = fs.readFileSync(modelPaths(model).plans);
    const aside = join(root, 'aside');
    fs.renameSync(join(model, 'fold_0'), aside);
    otherSpacing();
    await train(1);
    fs.renameSync(aside, join(model, 'fold_0'));
    const choose = (folds?: Fold[]) => chooseFolds({ modelFolder: model, folds });
    await assert.rejects(
      choose(),
      refused('folds-differ', /Folds 0 and 1/, /spacing is \[1,1,1\] and in fold 1 it is \[2,1,1\]/),
    );
    await assert.rejects(choose([0]), refused('plans-differ', /fold 0 was trained with: spacing was \[1,1,1\]/));
    const beside = join(dirname(model), 'nnUNetTrainer__saved__3d_fullres', 'plans.json');
    fs.mkdirSync(dirname(beside));
    fs.writeFileSync(beside, plans);
    await assert.rejects(
      choose([0]),
      refused('plans-differ', /still in .*__saved__3d_fullres.plans\.json: copy it to/),
    );
    assert.equal((await choose([1])).checkpoints.length, 1);
    fs.writeFileSync(modelPaths(model).plans, plans);
    assert.equal((await choose([0])).checkpoints.length, 1);
  });

  it('predicts with another patch than it was trained with, and says so', async () => {
    await train(0);
    otherPatch();
    fs.copyFileSync(preprocessedOf(root).plans('nnUNetPlans'), modelPaths(model).plans);
    const warnings: string[] = [];
    await chooseFolds({ modelFolder: model, warn: (code, message) => warnings.push(`${code}: ${message}`) });
    assert.match(warnings.join(), /^plans-differ: .*patch_size was/);
  });

  it('is exported as it predicts: with a warning of another patch, and not with folds that differ', async () => {
    const warnings: string[] = [];
    const exportTo = (name: string) =>
      exportOnnxStage({
        modelFolder: model,
        output: join(root, name),
        warn: (code, message) => warnings.push(`${code}: ${message}`),
      });
    await train(0);
    await exportTo('alike.onnx');
    assert.deepEqual(warnings, []);
    const plans = fs.readFileSync(preprocessedOf(root).plans('nnUNetPlans'));
    otherPatch();
    fs.copyFileSync(preprocessedOf(root).plans('nnUNetPlans'), modelPaths(model).plans);
    await exportTo('patch.onnx');
    assert.match(warnings.join(), /^plans-differ: .*fold 0 was trained with: patch_size was/);

    fs.writeFileSync(preprocessedOf(root).plans('nnUNetPlans'), plans);
    fs.renameSync(join(model, 'fold_0'), join(root, 'aside'));
    otherSpacing();
    await train(1);
    fs.renameSync(join(root, 'aside'), join(model, 'fold_0'));
    await assert.rejects(exportTo('differ.onnx'), refused('folds-differ', /Folds 0 and 1/));
    assert.ok(!fs.existsSync(join(root, 'differ.onnx')));
  });
});

describe('a resumed training', () => {
  const file = (kind: 'latest' | 'best' | 'final', format?: 'pth') =>
    foldPaths(foldFolder(requestFor(root))).checkpoint(kind, format);

  it('is refused with a damaged checkpoint, which is named with those that can be used, and changes nothing', async () => {
    await train('all');
    fs.copyFileSync(file('final'), file('best'));
    fs.truncateSync(file('final'), 5000);
    const before = contents();
    const damage = refused(
      'bad-checkpoint',
      /checkpoint_final\.safetensors/,
      /--checkpoint best \(after epoch 3\), or/,
    );
    await assert.rejects(train('all', { resume: true, epochs: 5 }), damage);
    await assert.rejects(train('all', { resume: true, epochs: 5, checkpoint: 'final' }), damage);
    fs.truncateSync(file('final'), 0);
    await assert.rejects(train('all', { resume: true, epochs: 5 }), refused('bad-checkpoint', /too short/));
    fs.truncateSync(file('final'), 0);
    before[file('final')] = '';
    assert.deepEqual(contents(), before);

    const events = await train('all', { resume: true, epochs: 5, checkpoint: 'best' });
    assert.deepEqual(epochs(events), [3, 4]);
    assert.ok(warned(events, 'checkpoints-kept'), 'the damaged one is out of the way of the next start');
    assert.deepEqual(epochs(await train('all', { resume: true, epochs: 6 })), [5]);
  });

  it('goes on from the checkpoint that is asked for; later ones go aside', async () => {
    await train('all');
    fs.copyFileSync(file('final'), file('best'));
    await train('all', { resume: true, epochs: 8 });
    const events = await train('all', { resume: true, epochs: 5, checkpoint: 'best' });
    assert.deepEqual(epochs(events), [3, 4]);
    const aside = join(dirname(file('best')), 'earlier_runs');
    const [kept] = fs.readdirSync(aside);
    assert.ok(fs.existsSync(join(aside, kept!, 'fold_all', 'checkpoint_final.safetensors')));
    const elsewhere = join(root, 'mine.safetensors');
    fs.copyFileSync(file('final'), elsewhere);
    assert.deepEqual(epochs(await train('all', { resume: true, epochs: 7, checkpoint: elsewhere })), [5, 6]);
  });

  it('goes on where nnU-Net has trained further, whose checkpoint is beside ours; prediction takes that, too', async () => {
    await train('all');
    const ours = fs.readFileSync(file('final'));
    await train('all', { resume: true, epochs: 5 });
    fs.writeFileSync(file('final'), ours);
    const { checkpoints } = await chooseFolds({ modelFolder: model });
    assert.deepEqual(checkpoints, [{ fold: 'all', file: file('final', 'pth') }]);
    assert.deepEqual(epochs(await train('all', { resume: true, epochs: 6 })), [5]);
    assert.equal((await chooseFolds({ modelFolder: model })).checkpoints[0]!.file, file('final'));
  });

  it('is refused where the checkpoint that is asked for is missing; those that are there are listed', async () => {
    await train('all');
    const missing = refused('checkpoint-missing', /checkpoint_latest/, /There are: checkpoint_final\.safetensors/);
    await assert.rejects(train('all', { resume: true, checkpoint: 'latest' }), missing);
    await assert.rejects(
      train('all', { resume: true, checkpoint: '/nowhere.pth' }),
      refused('checkpoint-missing', /nowhere/),
    );
  });

  it('keeps its schedule through a start that never came to train', async () => {
    await train('all', { optimizer: 'adamw', epochs: 2 });
    const { NNUNET_CORE: core } = process.env;
    process.env.NNUNET_CORE = join(root, 'nothing');
    assert.equal(state(await train('all', { resume: true, epochs: 4 })), 'failed');
    process.env.NNUNET_CORE = core;
    await train('all', { resume: true, epochs: 4 });
    const record = readRecord(foldFolder(requestFor(root)));
    assert.equal((record?.schedule as { optimizer: string }).optimizer, 'adamw');
  });

  it('says that its data has changed since', async () => {
    await train('all');
    assert.ok(!warned(await train('all', { resume: true, epochs: 4 }), 'data-changed'));
    fs.writeFileSync(join(preprocessedOf(root).data('nnUNetPlans_3d_fullres'), 'b.json'), '{}');
    const events = await train('all', { resume: true, epochs: 5 });
    const warning = events.find((event) => event.type === 'warning' && event.code === 'data-changed');
    assert.match((warning as { message: string }).message, /Case b was preprocessed anew/);
  });

  it('says that it will be validated on cases that it was trained on', async () => {
    await train(0);
    const file = preprocessedOf(root).splits;
    const splits = JSON.parse(fs.readFileSync(file, 'utf8')) as { train: string[]; val: string[] }[];
    const [leaked, ...kept] = splits[0]!.train;
    const same = await train(0, { resume: true, epochs: 4 });
    assert.ok(!warned(same, 'validated-on-training-cases'));
    splits[0] = { train: [...kept, ...splits[0]!.val], val: [leaked!] };
    fs.writeFileSync(file, JSON.stringify(splits));
    const events = await train(0, { resume: true, epochs: 5 });
    const warning = events.find((event) => event.type === 'warning' && event.code === 'validated-on-training-cases');
    assert.match(
      (warning as { message: string }).message,
      new RegExp(`Case ${leaked} was trained on before and is validated on now`),
    );
  });
});
