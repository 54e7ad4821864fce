/** Whose turn is it? Who of those that wait may start now, and what does everybody else wait for. Pure: decides by what it is shown. */
import { deviceMeant, placesFor, sharesDevice } from './devices';
import type { Earlier } from './earlier';
import type { JobFailure } from './graphEntry';
import type { AnyJob, Waiting } from './job';
import type { Machine } from './machine';
import type { WaitingJob } from './waiting';

type Decision =
  /** @param device  which of several */
  { kind: 'start'; device?: string } | { kind: 'wait'; waiting: Waiting } | { kind: 'fail'; failure: JobFailure };

/** What was given away already: to what runs, to what is being started, and to those that stand before. */
interface Given {
  devices: { device: string; id?: string }[];
  memoryBytes: number;
  diskBytes: number;
  /** Somebody before it waits for memory. */
  isMemoryPromised: boolean;
  /** Whether nothing runs and nothing was given a place. */
  isIdle: boolean;
}

/** @returns what is to become of each that waits and can be started */
export function decide(all: readonly WaitingJob[], machine: Machine): Map<string, Decision> {
  const given = givenAway(all, machine);
  const decisions = new Map<string, Decision>();
  for (const entry of all) {
    if (entry.failure) continue;
    const hasLauncher = (id: string): boolean => {
      const other = all.find(({ job }) => job.id === id);
      if (other?.job.launcher !== entry.job.launcher || other.failure) return false;
      return other.handedOver !== undefined || decisions.get(id)?.kind === 'start';
    };
    decisions.set(entry.job.id, decideOne(entry, all, machine, given, hasLauncher));
  }
  return decisions;
}

/** What one of those that wait waits for, in data. */
export function whyWaiting({ job }: WaitingJob, all: readonly WaitingJob[], machine: Machine): Waiting {
  const decision = decide(all, machine).get(job.id);
  return decision?.kind === 'wait' ? decision.waiting : { for: 'turn' };
}

/** The same of all of them, by their ids. */
export function whyAllWait(all: readonly WaitingJob[], machine: Machine): Map<string, Waiting> {
  const decisions = decide(all, machine);
  return new Map(
    all.map(({ job: { id } }): [string, Waiting] => {
      const decision = decisions.get(id);
      return [id, decision?.kind === 'wait' ? decision.waiting : { for: 'turn' }];
    }),
  );
}

function givenAway(all: readonly WaitingJob[], { running, devices = [] }: Machine): Given {
  const given: Given = { devices: [], memoryBytes: 0, diskBytes: 0, isMemoryPromised: false, isIdle: true };
  for (const { id, resources } of running) {
    // A run that was not given a place takes the first.
    if (resources.device !== undefined) given.devices.push({ device: placesFor(resources.device, devices)[0]!, id });
    given.diskBytes += resources.diskBytes ?? 0;
    given.isIdle = false;
  }
  for (const { job, starting } of all) {
    if (!starting || running.some(({ id }) => id === job.id)) continue;
    const device = starting.device ?? job.resources.device;
    if (device !== undefined) given.devices.push({ device: placesFor(device, devices)[0]!, id: job.id });
    take(given, job);
  }
  return given;
}

function take(given: Given, { resources }: AnyJob): void {
  given.memoryBytes += resources.memoryBytes ?? 0;
  given.diskBytes += resources.diskBytes ?? 0;
  given.isIdle = false;
}

function decideOne(
  { job, host, folder, starting, handedOver }: WaitingJob,
  all: readonly WaitingJob[],
  machine: Machine,
  given: Given,
  hasLauncher: (id: string) => boolean,
): Decision {
  if (starting) return wait({ for: 'turn' });
  if (handedOver) return wait({ for: 'scheduler', reason: handedOver.reason });
  if (host !== machine.host) return wait({ for: 'host', host });
  if (!machine.launchers.includes(job.launcher)) return wait({ for: 'turn' });
  const isLocal = job.launcher === 'local';
  // A scheduler lets those that it has wait for each other, and gives places itself.
  const after = isLocal ? job.after : job.after.filter(({ id }) => !hasLauncher(id));
  const others = waitForOthers({ ...job, after }, (id) => machine.earlier(id, all));
  if (others) return others;
  if (!isLocal) return { kind: 'start' };
  const inTheWay = machine.running.find((one) => one.folder === folder);
  if (inTheWay?.id !== undefined) return wait({ for: 'jobs', ids: [inTheWay.id] });
  if (inTheWay || machine.isBusy(folder)) return wait({ for: 'turn' });
  const place = placeFor(job, machine, given);
  if (place.waiting) return wait(place.waiting);
  const short = shortOf(job, machine, given);
  // Where nothing runs that it could wait for, it begins all the same: it says itself that it is tight.
  if (short && !given.isIdle) {
    // Those behind it must not take what it waits for.
    given.isMemoryPromised ||= short.for === 'memory';
    if (place.device !== undefined && short.for !== 'disk') given.devices.push({ device: place.device, id: job.id });
    return wait(short);
  }
  if (place.device !== undefined) given.devices.push({ device: place.device, id: job.id });
  if (given.isMemoryPromised && job.resources.memoryBytes !== undefined) return wait({ for: 'turn' });
  take(given, job);
  return { kind: 'start', device: place.device };
}

/** What it waits for may stand behind it: it blocks nobody. */
function waitForOthers(job: AnyJob, earlier: (id: string) => Earlier): Decision | undefined {
  const pending: string[] = [];
  for (const { id, is } of job.after) {
    const state = earlier(id);
    if (state === 'waiting' || state === 'running') pending.push(id);
    else if (is === 'done' && state !== 'done') {
      const what = state === 'gone' ? 'is gone' : 'did not end well';
      const hint = `Run it again, then this one with "nnunet retry ${job.id}", or take this one off with "nnunet remove ${job.id}".`;
      return {
        kind: 'fail',
        failure: { code: 'earlier-job-failed', message: `Job ${id}, which has to come before it, ${what}`, hint },
      };
    }
  }
  return pending.length > 0 ? wait({ for: 'jobs', ids: pending }) : undefined;
}

function placeFor({ id, resources }: AnyJob, machine: Machine, given: Given): { device?: string; waiting?: Waiting } {
  if (resources.device === undefined) return {};
  // It came after the machine was asked: whoever asked for it looks again.
  if (!machine.devices) return { waiting: { for: 'turn' } };
  const places = placesFor(resources.device, machine.devices);
  const device = places.find((one) => !given.devices.some((taken) => sharesDevice(taken.device, one)));
  if (device !== undefined) return { device };
  const ids = given.devices.flatMap((taken) =>
    taken.id !== undefined && places.some((one) => sharesDevice(taken.device, one)) ? [taken.id] : [],
  );
  // Those behind it must not overtake it on its own device.
  given.devices.push(...places.map((one) => ({ device: one, id })));
  return { waiting: { for: 'device', device: deviceMeant(places[0]!, machine.devices), ids } };
}

function shortOf(
  { resources }: AnyJob,
  { memory, running, diskFreeBytes }: Machine,
  given: Given,
): (Waiting & { for: 'memory' | 'disk' }) | undefined {
  // One that has just begun may not have taken yet what it will need.
  const promised = running.reduce((sum, one) => sum + (one.resources.memoryBytes ?? 0), 0);
  const memoryLeft = Math.max(0, Math.min(memory.availableBytes, memory.totalBytes - promised) - given.memoryBytes);
  const needsMemory = resources.memoryBytes ?? 0;
  if (needsMemory > memoryLeft) return { for: 'memory', neededBytes: needsMemory, freeBytes: memoryLeft };
  const diskLeft = Math.max(0, (diskFreeBytes ?? Infinity) - given.diskBytes);
  const needsDisk = resources.diskBytes ?? 0;
  if (needsDisk > diskLeft) return { for: 'disk', neededBytes: needsDisk, freeBytes: diskLeft };
  return undefined;
}

function wait(waiting: Waiting): Decision {
  return { kind: 'wait', waiting };
}
