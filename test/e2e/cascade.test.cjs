'use strict';
// Is a cascade one step for a person? On a real CT, with networks of a few thousand weights: chosen in the wizard, queued in order, gone on
// with after its process was killed, and predicted by one command.
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const zlib = require('node:zlib');
const { Story, assert, eventually, repository } = require('./story.cjs');

const scan = path.resolve(repository, '../shared/data/volumes/ct_torso_3mm');
const dataset = 'Dataset001_Torso';
/** Slabs of one body, feet first; the last is cut out of two others and only predicted. */
const slabs = { slab_1: 0, slab_2: 22, slab_3: 44, slab_4: 66, slab_5: 88, slab_6: 33 };
const slices = 22;
/** Muscles that reach through all slabs: of the hip, the back and the thigh. */
const isMuscle = (label) => label >= 77 && label <= 89;

test('a cascade', { skip: !fs.existsSync(scan) }, async (t) => {
  const story = await Story.open(t);
  const { page, workbench } = story;
  const fold = (configuration, number) =>
    story.path('nnUNet_results', dataset, `nnUNetTrainer__nnUNetPlans__${configuration}`, `fold_${number}`);

  await story.step('a CT is there in five cases and two folds, planned as a cascade of small networks', async () => {
    writeCases(story.path('nnUNet_raw', dataset));
    story.nnunet(['plan', '1', '--root', story.workspace]);
    const prepared = story.path('nnUNet_preprocessed', dataset);
    makeSmall(path.join(prepared, 'nnUNetPlans.json'));
    const [a, b, c, d, e] = Object.keys(slabs);
    const splits = [
      { train: [a, b, e], val: [c, d] },
      { train: [c, d], val: [a, b, e] },
    ];
    fs.writeFileSync(path.join(prepared, 'splits_final.json'), JSON.stringify(splits));
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    await story.row(dataset).waitFor();
  });

  const choose = async () => {
    await story.run('nnunet.train');
    await workbench.quickPick('second stage of a cascade').waitFor();
    await story.choose('3d_cascade_fullres');
    await story.choose('Custom…');
    await story.answer(/Number of epochs/, '40 of 10');
    await story.choose('one model, validated');
  };

  await story.step('the second stage is chosen, and the first is trained before it in both folds', async () => {
    await choose();
    await story.notification('The first stage of the cascade is trained before it: 2 trainings in the queue').waitFor();
    await eventually(() => assert.equal(endOf(fold('3d_lowres', 0)), 'done'));
    assert.ok(!fs.existsSync(fold('3d_cascade_fullres', 0)), 'the second stage does not wait');
  });

  await story.step('the first stage is killed in its second fold, and the second says what it lacks', async () => {
    const folder = fold('3d_lowres', 1);
    await eventually(() => assert.ok(epochsOf(folder).length > 3));
    fs.writeFileSync(path.join(folder, 'control/checkpoint'), '');
    await eventually(() => assert.ok(fs.existsSync(path.join(folder, 'checkpoint_latest.safetensors'))));
    process.kill(JSON.parse(fs.readFileSync(path.join(folder, 'run.json'), 'utf8')).pid, 'SIGKILL');
    await story.notification(/3d_lowres/).waitFor();
    assert.equal(endOf(folder), undefined);
  });

  await story.step('chosen again, it goes on where it was, and trains nothing twice', async () => {
    const before = [0, 1].map((number) => epochsOf(fold('3d_lowres', number)));
    await story.closeNotifications();
    await choose();
    await eventually(() => assert.equal(endOf(fold('3d_cascade_fullres', 0)), 'done'));
    const after = [0, 1].map((number) => epochsOf(fold('3d_lowres', number)));
    assert.deepEqual(after[0], before[0]);
    const resumed = after[1].slice(before[1].length);
    assert.ok(resumed[0] > 0, `it began again with epoch ${resumed[0]}`);
    assert.equal(resumed.at(-1), 39);
    assert.ok(fs.existsSync(path.join(fold('3d_cascade_fullres', 0), 'validation/summary.json')));
  });

  await story.step('one command predicts with both stages', async () => {
    const model = path.dirname(fold('3d_cascade_fullres', 0));
    const masks = story.path('masks');
    const images = story.path('nnUNet_raw', dataset, 'imagesTs');
    story.nnunet(['predict', '-m', model, '-i', images, '-o', masks, '--root', story.workspace]);
    const mask = readNifti(path.join(masks, 'slab_6.nii.gz'));
    const count = mask.voxels.filter((label) => label === 1).length;
    const share = count / mask.voxels.length;
    assert.ok(share > 0.02 && share < 0.5, `${count} voxels are muscle`);
  });
});

function readNifti(file) {
  const bytes = zlib.gunzipSync(fs.readFileSync(file));
  const voxels = bytes.subarray(bytes.readFloatLE(108));
  return { bytes, voxels, perSlice: bytes.readInt16LE(42) * bytes.readInt16LE(44) };
}

function writeCases(raw) {
  const image = readNifti(path.join(scan, 'example_ct.nii.gz'));
  const labels = readNifti(path.join(scan, 'example_seg_fast_force_split.nii.gz'));
  const muscles = { ...labels, voxels: labels.voxels.map((label) => (isMuscle(label) ? 1 : 0)) };
  for (const folder of ['imagesTr', 'labelsTr', 'imagesTs']) fs.mkdirSync(path.join(raw, folder), { recursive: true });
  for (const [name, from] of Object.entries(slabs)) {
    const isTest = name === 'slab_6';
    writeSlab(path.join(raw, isTest ? 'imagesTs' : 'imagesTr', `${name}_0000.nii.gz`), image, from);
    if (!isTest) writeSlab(path.join(raw, 'labelsTr', `${name}.nii.gz`), muscles, from);
  }
  const described = {
    channel_names: { 0: 'CT' },
    labels: { background: 0, muscle: 1 },
    numTraining: 5,
    file_ending: '.nii.gz',
  };
  fs.writeFileSync(path.join(raw, 'dataset.json'), JSON.stringify(described));
}

/** The same header, without extensions, for fewer slices. */
function writeSlab(file, { bytes, voxels, perSlice }, from) {
  const header = Buffer.alloc(352);
  bytes.copy(header, 0, 0, 348);
  header.writeInt16LE(slices, 46);
  header.writeFloatLE(352, 108);
  const size = perSlice * (bytes.readInt16LE(72) / 8);
  const content = voxels.subarray(from * size, (from + slices) * size);
  fs.writeFileSync(file, zlib.gzipSync(Buffer.concat([header, content])));
}

/** Two stages with patches of 16 x 32 x 32 voxels, whatever was planned. */
function makeSmall(file) {
  const plans = JSON.parse(fs.readFileSync(file, 'utf8'));
  const planned = plans.configurations['3d_fullres'];
  const network = {
    ...planned.architecture.arch_kwargs,
    ...{ n_stages: 3, features_per_stage: [8, 16, 32], n_conv_per_stage: [2, 2, 2], n_conv_per_stage_decoder: [2, 2] },
    kernel_sizes: [3, 3, 3].map((size) => [size, size, size]),
    strides: [1, 2, 2].map((stride) => [stride, stride, stride]),
  };
  const full = {
    ...{ ...planned, patch_size: [16, 32, 32], batch_size: 2 },
    architecture: { ...planned.architecture, arch_kwargs: network },
  };
  const spacing = full.spacing.map((millimetres) => 1.5 * millimetres);
  plans.configurations = {
    '3d_fullres': full,
    '3d_lowres': {
      ...{ ...full, spacing, data_identifier: 'nnUNetPlans_3d_lowres' },
      next_stage: '3d_cascade_fullres',
    },
    '3d_cascade_fullres': { inherits_from: '3d_fullres', previous_stage: '3d_lowres' },
  };
  fs.writeFileSync(file, JSON.stringify(plans));
}

function eventsOf(folder) {
  const file = path.join(folder, 'events.jsonl');
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

const epochsOf = (folder) =>
  eventsOf(folder)
    .filter(({ type }) => type === 'epoch')
    .map(({ epoch }) => epoch);

/** How a training that is over has ended; undefined for one that goes on, or was killed. */
function endOf(folder) {
  const last = eventsOf(folder).at(-1);
  return last?.type === 'finished' ? last.state : undefined;
}
