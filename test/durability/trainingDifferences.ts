/** In what do two trainings differ that should be equal to the last bit: checkpoints' tensors, their history, the event log? */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { readState, type CheckpointState } from '../../src/engine/checkpointState';
import { SafetensorsFile } from '../../src/engine/safetensors';
import { readEpochs } from '../../src/jobs/epochs';
import { eventsFile } from '../../src/jobs/events';
import { runStatus } from '../../src/jobs/jobLog';
import { readEvents } from '../unit/jobs/readEvents';
import { readCurves } from '../unit/runs/readCurves';

export async function differencesBetween(expected: string, actual: string, epochs: number): Promise<string[]> {
  const found: string[] = [];
  for (const kind of ['final', 'best']) {
    const name = `checkpoint_${kind}.safetensors`;
    const [a, b] = [await contentOf(join(expected, name)), await contentOf(join(actual, name))];
    const names = new Set([...a.tensors.keys(), ...b.tensors.keys()]);
    const different = [...names].filter((tensor) => a.tensors.get(tensor) !== b.tensors.get(tensor));
    if (different.length > 0)
      found.push(`${name}: ${different.length} of ${names.size} tensors differ, ${different[0]} among them`);
    if (a.state !== b.state) found.push(`${name}: other state\n  expected ${a.state}\n  found    ${b.state}`);
    if (!fs.existsSync(join(actual, `checkpoint_${kind}.pth`))) found.push(`checkpoint_${kind}.pth is missing`);
  }
  const logged = readEpochs(actual);
  const numbers = Array.from({ length: epochs }, (_, epoch) => epoch);
  const read: [string, readonly number[]][] = [
    ['the log', logged.map(({ epoch }) => epoch)],
    ['the log alone', readEvents(actual).flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))],
    ['the curves', readCurves(actual).curves.column('epoch')],
  ];
  for (const [reader, shown] of read)
    if (shown.join() !== numbers.join()) found.push(`epochs as ${reader} shows them: ${shown.join()}`);
  const values = (folder: string): string =>
    JSON.stringify(readEpochs(folder).map(({ time: _, seconds: __, samplesPerSecond: ___, ...rest }) => rest));
  if (values(expected) !== values(actual))
    found.push(`the log: other values\n  ${values(expected)}\n  ${values(actual)}`);
  const status = runStatus(actual);
  if (status?.state !== 'finished' || status.epoch !== epochs) found.push(`status: ${JSON.stringify(status)}`);
  const left = [...fs.readdirSync(actual), ...fs.readdirSync(join(actual, 'control'))].filter((name) =>
    /^\.|\.(new|lock)$|latest|^request-|^stop$|^checkpoint$/.test(name),
  );
  if (left.length > 0) found.push(`left behind: ${left.join(', ')}`);
  if (!fs.readFileSync(eventsFile(actual), 'utf8').endsWith('\n')) found.push('the log ends within a line');
  return found;
}

/** The tensors' bytes and what else the training consists of, without what tells of time. */
async function contentOf(file: string): Promise<{ tensors: Map<string, string>; state: string }> {
  const checkpoint = await SafetensorsFile.open(file);
  try {
    const tensors = new Map<string, string>();
    for (const [name, tensor] of checkpoint.tensors)
      tensors.set(name, Buffer.from(await tensor.read()).toString('base64'));
    const state = readState(checkpoint.metadata, file) as Partial<CheckpointState>;
    delete state.elapsedSeconds;
    const { epoch_start_timestamps: _, epoch_end_timestamps: __, ...history } = state.history!;
    return { tensors, state: JSON.stringify({ ...state, history }) };
  } finally {
    await checkpoint.close();
  }
}
