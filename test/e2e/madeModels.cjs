'use strict';
// Trained models as they lie in nnUNet_results after validation, without a training: their masks are the labels, displaced by some voxels.
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');

/**
 * @param {(name: string, ...words: string[]) => unknown} nnunet  runs the command line
 * @param {string} place  holds nnUNet_raw and the other roots; the dataset is planned
 * @param {{dataset: string, configuration: string, folds: string[][], displaced: (at: number) => number, schedule: object, seconds: number, aside?: string}} model
 */
function makeModel(nnunet, place, { dataset, configuration, folds, displaced, schedule, seconds }) {
  const [raw, preprocessed, results] = ['nnUNet_raw', 'nnUNet_preprocessed', 'nnUNet_results'].map((root) =>
    path.join(place, root, dataset),
  );
  const model = path.join(results, `nnUNetTrainer__nnUNetPlans__${configuration}`);
  fs.mkdirSync(model, { recursive: true });
  fs.copyFileSync(path.join(preprocessed, 'nnUNetPlans.json'), path.join(model, 'plans.json'));
  fs.copyFileSync(path.join(raw, 'dataset.json'), path.join(model, 'dataset.json'));
  let at = 0;
  for (const [fold, ids] of folds.entries()) {
    const folder = path.join(model, `fold_${fold}`);
    const masks = path.join(folder, 'validation');
    fs.mkdirSync(masks, { recursive: true });
    for (const id of ids)
      displace(path.join(raw, 'labelsTr', `${id}.nii.gz`), path.join(masks, `${id}.nii.gz`), displaced(at++));
    writeRun(folder, schedule, seconds);
    const [references, described] = [path.join(raw, 'labelsTr'), path.join(raw, 'dataset.json')];
    nnunet(
      'evaluate',
      references,
      masks,
      '--dataset-json',
      described,
      '-o',
      path.join(masks, 'summary.json'),
      '--surface',
    );
  }
  return model;
}

/** Moves a label map by so many voxels along x; what leaves the image is lost. */
function displace(from, to, voxels) {
  const bytes = zlib.gunzipSync(fs.readFileSync(from));
  const [width, height, depth] = [42, 44, 46].map((at) => bytes.readInt16LE(at));
  const offset = bytes.readFloatLE(108);
  const size = bytes.readInt16LE(72) / 8;
  const moved = Buffer.from(bytes);
  for (let row = 0; row < height * depth; row++)
    for (let x = 0; x < width; x++) {
      const source = x - voxels;
      const [into, outOf] = [x, source].map((column) => offset + (row * width + column) * size);
      if (source < 0 || source >= width) moved.fill(0, into, into + size);
      else bytes.copy(moved, into, outOf, outOf + size);
    }
  fs.writeFileSync(to, zlib.gzipSync(moved));
}

/** run.json and the events of a training of some epochs. */
function writeRun(folder, schedule, seconds) {
  const epochs = 20;
  const time = (epoch) => new Date(Date.UTC(2026, 10, 28, 9, epoch)).toISOString();
  const events = Array.from({ length: epochs }, (_, epoch) => {
    const dice = 0.9 - 0.6 * 0.8 ** epoch;
    return {
      ...{
        type: 'epoch',
        time: time(epoch),
        epoch,
        epochs,
        trainLoss: -dice,
        valLoss: 0.05 - dice,
        dice: [dice, dice - 0.05],
      },
      ...{ meanDice: dice, emaDice: dice, learningRate: 0.01, seconds: seconds / epochs, samplesPerSecond: 10 },
    };
  });
  events.push({ type: 'finished', time: time(epochs), state: 'done', meanDice: 0.85 });
  fs.writeFileSync(path.join(folder, 'events.jsonl'), events.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const options = { device: 'cpu', precision: 'auto', npz: false, validate: true, resume: false, epochs };
  const record = { options, schedule, startTime: time(0), host: 'workstation', pid: 1, versions: {}, eventsOffset: 0 };
  fs.writeFileSync(path.join(folder, 'run.json'), JSON.stringify(record));
}

module.exports = { makeModel };
