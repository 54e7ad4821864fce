/**
 * A stand-in for nnunet-core in tests of process handling: it obeys the job's length, signals and control/stop, prints the
 * core's events and leaves checkpoint files, but computes nothing. FAKE_CORE says how it is to fail.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const program = `#!${process.execPath}
const fs = require('node:fs');
const path = require('node:path');
const [command, file] = process.argv.slice(2);
const mode = process.env.FAKE_CORE ?? '';
const say = (event) => console.log(JSON.stringify({ time: new Date().toISOString(), ...event }));
if (command === 'info') {
  console.log(JSON.stringify({ core: 'fake', torch: 'none', devices: ['cpu'], precision: ['fp32'] }));
  process.exit(0);
}
const job = JSON.parse(fs.readFileSync(file, 'utf8'));
let stopped = false;
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => (stopped = true));
const stop = () => stopped || fs.existsSync(path.join(job.folder, 'control', 'stop'));
let history = { mean_fg_dice: [], ema_fg_dice: [], dice_per_class_or_region: [], train_losses: [], val_losses: [], lrs: [],
  epoch_start_timestamps: [], epoch_end_timestamps: [] };
function remember(epoch) {
  const now = Date.now() / 1000;
  const values = { mean_fg_dice: 0.5, ema_fg_dice: 0.5, dice_per_class_or_region: [0.5], train_losses: 1 / (epoch + 1), val_losses: 1,
    lrs: 0.01, epoch_start_timestamps: now - 0.06, epoch_end_timestamps: now };
  for (const name of Object.keys(history)) history[name].push(values[name]);
}
const { trainedWith, record: schedule } = job;
const state = (epoch, elapsedSeconds) => JSON.stringify({ format: 1, epoch, elapsedSeconds, trainedWith, schedule, history });
const { tensors, bytes } = JSON.parse(fs.readFileSync(__filename + '.json', 'utf8'));
function save(kind, epoch) {
  const header = Buffer.from(JSON.stringify({ __metadata__: { nnunet: state(epoch, epoch / 10) }, ...tensors }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  fs.writeFileSync(path.join(job.folder, 'checkpoint_' + kind + '.safetensors'), Buffer.concat([length, header, Buffer.alloc(bytes)]));
  say({ type: 'checkpoint', kind, epoch });
}
const stateOf = (file) =>
  JSON.parse(JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE())).toString()).__metadata__.nnunet);
async function train() {
  let epoch = 0;
  if (job.resume) ({ epoch, history } = stateOf(fs.readFileSync(job.resume)));
  console.error('fake core: starting at epoch ' + epoch);
  say({ type: 'stage', stage: 'train', state: 'started', done: epoch, total: job.schedule.epochs });
  for (; epoch < job.schedule.epochs && !stop(); ) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    if (mode === 'error') {
      say({ type: 'error', code: 'loss-diverged', message: 'The loss is not a number', hint: 'Lower the learning rate.' });
      process.exit(1);
    }
    if (mode === 'segfault') process.kill(process.pid, 'SIGSEGV');
    if (mode === 'memory') process.kill(process.pid, 'SIGKILL');
    if (mode === 'libraries') {
      console.error('nnunet-core: error while loading shared libraries: libtorch_cpu.so: cannot open shared object file');
      process.exit(127);
    }
    say({ type: 'epoch', epoch, epochs: job.schedule.epochs, trainLoss: 1 / (epoch + 1), valLoss: 1, dice: [0.5], meanDice: 0.5,
      emaDice: 0.5, learningRate: 0.01, seconds: 0.06, samplesPerSecond: 10 });
    remember(epoch);
    epoch += 1;
    save('latest', epoch);
  }
  save('final', epoch);
  fs.rmSync(path.join(job.folder, 'checkpoint_latest.safetensors'), { force: true });
  say({ type: 'stage', stage: 'train', state: 'done' });
  process.exit(0);
}
train();
`;

/**
 * @param shapes  of the network's tensors by name: its checkpoints hold them, all zero
 * @returns the program's path
 */
export function writeFakeCore(folder: string, shapes: ReadonlyMap<string, readonly number[]>): string {
  const file = join(folder, 'nnunet-core');
  let bytes = 0;
  const tensors = [...shapes].map(([name, shape]) => {
    const start = bytes;
    bytes += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [start, bytes] }];
  });
  writeFileSync(`${file}.json`, JSON.stringify({ tensors: Object.fromEntries(tensors), bytes }));
  writeFileSync(file, program);
  chmodSync(file, 0o755);
  return file;
}
