// Brings the benchmark's real data into nnU-Net's folders, once for us and once for the peer, outside the work tree.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { NotMeasured } from './measure.mjs';

export const repository = resolve(import.meta.dirname, '../..');
const shared = join(repository, '..', 'shared', 'data');
const cache = process.env.NNUNET_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'nnunet');
const root = join(cache, 'bench');

/** Folders of one side; both read the same raw data. */
function side(name) {
  const folders = {
    nnUNet_raw: join(root, 'nnUNet_raw'),
    nnUNet_preprocessed: join(root, name, 'nnUNet_preprocessed'),
    nnUNet_results: join(root, name, 'nnUNet_results'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  return folders;
}
export const oursEnv = side('ours');
export const peerEnv = side('peer');
export const scratch = join(root, 'scratch');
mkdirSync(scratch, { recursive: true });

export function writeJson(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value, undefined, 4));
  return file;
}

export { copyFileSync as copy };

export function fresh(folder) {
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

function sharedData(name) {
  const folder = join(shared, name);
  if (!existsSync(folder)) throw new NotMeasured(`the shared data folder has no ${name}`);
  return folder;
}

/** The 156 cases of the Medical Segmentation Decathlon's hippocampus task in nnU-Net's raw form. */
export function hippocampus() {
  const source = sharedData('hippocampus');
  const name = 'Dataset004_Hippocampus';
  const raw = join(oursEnv.nnUNet_raw, name);
  if (!existsSync(join(raw, 'dataset.json'))) {
    mkdirSync(join(raw, 'imagesTr'), { recursive: true });
    mkdirSync(join(raw, 'labelsTr'), { recursive: true });
    const files = readdirSync(join(source, 'imagesTr')).filter((file) => file.endsWith('.nii.gz'));
    for (const file of files) {
      copyFileSync(join(source, 'imagesTr', file), join(raw, 'imagesTr', file.replace('.nii.gz', '_0000.nii.gz')));
      copyFileSync(join(source, 'labelsTr', file), join(raw, 'labelsTr', file));
    }
    writeJson(join(raw, 'dataset.json'), {
      channel_names: { 0: 'MRI' },
      labels: { background: 0, Anterior: 1, Posterior: 2 },
      numTraining: files.length,
      file_ending: '.nii.gz',
    });
  }
  return { id: 4, name, raw };
}

/** Predictions of a real nnU-Net run for those cases, in one folder. */
export function hippocampusPredictions() {
  const source = join(sharedData('hippocampus'), 'reference-50epochs', 'validation-predictions');
  const folder = join(root, 'hippocampus-predictions');
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(source, { recursive: true }).map(String)) {
    if (file.endsWith('.nii.gz')) copyFileSync(join(source, file), join(folder, file.split('/').at(-1)));
  }
  return folder;
}

/** One brain of 256x256x256 voxels at 1 mm with six labels. */
export function brain() {
  const source = sharedData('volumes/mr_brain_256cubed');
  const name = 'Dataset256_Brain';
  const raw = join(oursEnv.nnUNet_raw, name);
  if (!existsSync(join(raw, 'dataset.json'))) {
    mkdirSync(join(raw, 'imagesTr'), { recursive: true });
    mkdirSync(join(raw, 'labelsTr'), { recursive: true });
    copyFileSync(join(source, 'norm.nii.gz'), join(raw, 'imagesTr', 'brain_0000.nii.gz'));
    copyFileSync(join(source, 'tissue6_labels.nii.gz'), join(raw, 'labelsTr', 'brain.nii.gz'));
    const tissues = ['cortex', 'white matter', 'ventricles', 'hippocampus', 'deep grey', 'cerebellum'];
    writeJson(join(raw, 'dataset.json'), {
      channel_names: { 0: 'MRI' },
      labels: Object.fromEntries(['background', ...tissues].map((tissue, value) => [tissue, value])),
      numTraining: 1,
      file_ending: '.nii.gz',
    });
  }
  return {
    id: 256,
    name,
    raw,
    image: join(raw, 'imagesTr/brain_0000.nii.gz'),
    label: join(raw, 'labelsTr/brain.nii.gz'),
  };
}

/** One CT of 122x102x112 voxels at 1.5 mm with the pulmonary artery labelled. */
export function pulmonary() {
  const source = sharedData('volumes/ct_pulmonary_1p5mm');
  const name = 'Dataset257_Pulmonary';
  const raw = join(oursEnv.nnUNet_raw, name);
  if (!existsSync(join(raw, 'dataset.json'))) {
    mkdirSync(join(raw, 'imagesTr'), { recursive: true });
    mkdirSync(join(raw, 'labelsTr'), { recursive: true });
    copyFileSync(join(source, 'ct_cropped.nii.gz'), join(raw, 'imagesTr', 'ct_0000.nii.gz'));
    copyFileSync(join(source, 'pulmonary_artery.nii.gz'), join(raw, 'labelsTr', 'ct.nii.gz'));
    writeJson(join(raw, 'dataset.json'), {
      channel_names: { 0: 'CT' },
      labels: { background: 0, 'pulmonary artery': 1 },
      numTraining: 1,
      file_ending: '.nii.gz',
    });
  }
  return { id: 257, name, raw };
}

export function setPatch(plansFile, configuration, patch) {
  const plans = JSON.parse(readFileSync(plansFile, 'utf8'));
  plans.configurations[configuration].patch_size = patch;
  return writeJson(plansFile, plans);
}

/** Writes a plans file anew with another target spacing, as a person would by hand. */
export function setSpacing(plansFile, configuration, spacing) {
  const plans = JSON.parse(readFileSync(plansFile, 'utf8'));
  plans.configurations[configuration].spacing = spacing;
  return writeJson(plansFile, plans);
}

/** Integers from -8 to 8 as half floats: coarse random blocks, so that the labels are compact as real ones are. */
export function writeLogits(file, heads, size, block) {
  const halves = Array.from({ length: 17 }, (_, index) => halfOfInteger(index - 8));
  const coarse = Math.ceil(size / block);
  let state = 12345;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const values = Uint16Array.from({ length: heads * coarse ** 3 }, () => halves[Math.floor(random() * 17)]);
  const logits = new Uint16Array(heads * size ** 3);
  let at = 0;
  for (let head = 0; head < heads; head++)
    for (let z = 0; z < size; z++)
      for (let y = 0; y < size; y++) {
        const row = ((head * coarse + Math.floor(z / block)) * coarse + Math.floor(y / block)) * coarse;
        for (let x = 0; x < size; x++) logits[at++] = values[row + Math.floor(x / block)];
      }
  const text = `{'descr': '<f2', 'fortran_order': False, 'shape': (${heads}, ${size}, ${size}, ${size}), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text.padEnd(117)}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  writeFileSync(file, Buffer.concat([header, Buffer.from(logits.buffer)]));
  return file;
}

function halfOfInteger(value) {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = (Math.abs(value) / 2 ** exponent - 1) * 1024;
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}
