import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { After, AnyJob, Job, Waiting } from '../../../../src/jobs/job';
import { newJob } from '../../../../src/jobs/jobFolder';
import type { KnownJob } from '../../../../src/jobs/knownJob';
import { foldFolder, type RunRequest } from '../../../../src/jobs/runFolder';
import type { RunStatus } from '../../../../src/jobs/status';
import { rootsOf, trainingTitle } from '../../../../src/jobs/trainingJob';
import type { WaitingJob } from '../../../../src/jobs/waiting';
import {
  allLines,
  commandsOf,
  jobLine,
  linesBelow,
  topLines,
  type Line,
  type ListedJobs,
} from '../../../../src/vscode/jobs/jobList';
import { statusBarText } from '../../../../src/vscode/jobs/statusBarText';
import { repositoryRoot } from '../../../shared';

const now = new Date(2026, 10, 30, 15, 0);
const today = new Date(2026, 10, 30, 14, 3).toISOString();
const before = new Date(2026, 10, 28, 9, 30).toISOString();

function training(fold: string, status: RunStatus, diceCurve: (number | null)[] = []): KnownJob {
  return {
    ...{ id: 'abc123', folder: `/results/fold_${fold}`, kind: 'train', title: `Train Hippocampus 2d, fold ${fold}` },
    status,
    training: {
      ...{ dataset: 'Dataset004_Hippocampus', trainer: 'nnUNetTrainer', plans: 'nnUNetPlans' },
      ...{ configuration: '3d_fullres', fold, diceCurve, seconds: 0 },
    },
  };
}

const folders = { raw: '/d/nnUNet_raw/D', preprocessed: '/d/nnUNet_preprocessed/D', results: '/d/nnUNet_results/D' };

function check(status: RunStatus): KnownJob {
  const request = { dataset: 'Dataset005_Liver', folders };
  const job = newJob({ kind: 'check', title: 'Check Liver', request, roots: rootsOf({ folders }) }) as AnyJob;
  return { id: job.id, jobId: job.id, kind: 'check', title: job.title, folder: `/jobs/${job.id}`, status, job };
}

function waiting(
  fold: number,
  { failure, after = [], place = 0, handedOver }: Partial<WaitingJob> & { after?: After[] } = {},
) {
  const request: RunRequest = {
    ...{ dataset: 'Dataset004_Hippocampus', folders, configuration: '2d', fold, plans: 'p', trainer: 't' },
    options: { device: 'cpu', precision: 'auto', npz: false, validate: true, resume: false, epochs: 5 },
  };
  const job: Job<'train'> = newJob({
    kind: 'train',
    title: trainingTitle(request),
    request,
    roots: rootsOf(request),
    after,
  });
  const entry: WaitingJob = { job, place, folder: foldFolder(request), host: 'here', failure, handedOver };
  return entry;
}

function listed(jobs: readonly KnownJob[], queue: readonly WaitingJob[] = [], why?: Waiting): ListedJobs {
  const titles = new Map(queue.map(({ job }) => [job.id, job.title]));
  return { jobs, queue, problems: [], why: () => why, titleOf: (id) => titles.get(id) ?? `job ${id}` };
}

const running: RunStatus = {
  ...{ state: 'running', stage: 'train', stageState: 'started', epoch: 12, epochs: 40 },
  ...{ emaDice: 0.8123, secondsPerEpoch: 10 },
};

/** Indented by depth. */
function outline(jobs: ListedJobs): string[] {
  const deep = (line: Line, depth: number): string[] => [
    `${'  '.repeat(depth)}${line.label} | ${line.short}`,
    ...linesBelow(line, jobs, now).flatMap((one) => deep(one, depth + 1)),
  ];
  return topLines(jobs, now).flatMap((line) => deep(line, 0));
}

describe('the list of jobs', () => {
  it('has what runs, what waits, what ended today and earlier, the latest first; titles first, then the dataset', () => {
    const jobs = [
      training('0', { state: 'finished', epoch: 2, epochs: 2, meanDice: 0.876, updatedAt: before }),
      training('1', { state: 'failed', error: { code: 'x', message: 'The disk is full', hint: '' }, updatedAt: today }),
      training('2', running),
      check({ state: 'finished', startedAt: new Date(2026, 10, 30, 14, 2, 18).toISOString(), updatedAt: today }),
      check({ state: 'running', stage: 'check', done: 3, total: 16 }),
    ];
    assert.deepEqual(outline(listed(jobs, [waiting(3)], { for: 'device', device: 'cpu', ids: [] })), [
      'Running | 2',
      '  Train 3d_fullres, fold 2 | Hippocampus · epoch 12 of 40, Dice 0.812, 4 min 40 s left',
      '  Check | Liver · Checking the dataset 3 of 16',
      'Waiting | 1',
      '  Train 2d, fold 3 | Hippocampus · waits for the processor, which is taken · 5 epochs',
      'Ended Today | 2',
      '  Train 3d_fullres, fold 1 | Hippocampus · failed · The disk is full · 14:03',
      '  Check | Liver · finished · 42 s · 14:03',
      'Earlier | 1',
      '  Train 3d_fullres, fold 0 | Hippocampus · Dice 0.876 · finished · 2 epochs · 28 Nov',
    ]);
  });

  it('shows no section that holds nothing, and no question that was answered', () => {
    assert.deepEqual(topLines(listed([]), now), []);
    const asked = check({ state: 'finished', updatedAt: today });
    const job = { ...asked.job, kind: 'import', request: { source: '/s', rawRoot: '/r', isDryRun: true } } as AnyJob;
    assert.deepEqual(outline(listed([{ ...asked, kind: 'import', job }])), []);
    assert.equal(outline(listed([{ ...asked, kind: 'import', job, status: { state: 'running' } }])).length, 2);
  });

  it('has what waits for others below the last of them, whatever their order, and loses none that go round', () => {
    const first = waiting(0);
    const second = waiting(1, { after: [{ id: first.job.id, is: 'done' }] });
    const third = waiting(2, { after: [first, second].map(({ job }) => ({ id: job.id, is: 'done' })) });
    const lines = outline(listed([], [third, first, second]));
    assert.deepEqual(
      lines.map((line) => line.replace(/ \| .*/, '')),
      ['Waiting', '  Train 2d, fold 0', '    Train 2d, fold 1', '      Train 2d, fold 2'],
    );
    assert.match(lines[2]!, /waits for "Train Hippocampus 2d, fold 0" to end/);
    const [a, b] = [waiting(5), waiting(6)];
    const round = [
      { ...a, job: { ...a.job, after: [{ id: b.job.id, is: 'done' as const }] } },
      { ...b, job: { ...b.job, after: [{ id: a.job.id, is: 'done' as const }] } },
    ] as WaitingJob[];
    assert.equal(outline(listed([], round)).length, 3);
  });

  it('says why a job could not start, with the remedy where the mouse rests on it', () => {
    const jobs = listed([], [waiting(0, { failure: { code: 'x', message: 'No engine', hint: 'install it.' } })]);
    const [section, line] = allLines(jobs, now);
    assert.equal(section!.short, '1, of which 1 could not start');
    assert.equal(line!.description, 'Hippocampus · Could not start: No engine');
    assert.match(line!.tooltip(), /Install it/);
  });

  it("says why a cluster has not begun a job, in the cluster's word", () => {
    const [, line] = allLines(listed([], [waiting(3, { handedOver: { reason: 'BeginTime' } })]), now);
    assert.match(line!.short, /waits in the cluster's queue \(BeginTime\)/);
  });

  it('has one line for each folder that cannot be read, before everything else', () => {
    const unreadable = { ...training('1', { state: 'interrupted' }), problem: 'EISDIR: illegal operation' };
    const problem = { where: '/results/Dataset005_[x](command:evil)', message: 'ELOOP: too many links' };
    const lines = allLines({ ...listed([unreadable]), problems: [problem] }, now);
    assert.deepEqual(
      lines.map(({ label, short, context }) => [label, short, context]),
      [
        ['Dataset005_[x](command:evil)', 'cannot be read', 'problem'],
        ['Earlier', '1', 'section.earlier'],
        ['Train 3d_fullres, fold 1', 'cannot be read', 'job.train.unreadable'],
      ],
    );
    assert.match(lines[2]!.description, /EISDIR/);
    assert.doesNotMatch(lines[0]!.tooltip().replaceAll(/`[^`]*`/g, ''), /command:/);
  });

  it('has curve and remedy in the tooltip, and no markdown of a foreign name', () => {
    const harmless = training('0', running, [0.1, 0.9]);
    const tooltip = jobLine({ ...harmless, title: '[x](command:evil)' }, now).tooltip();
    assert.match(tooltip, /`▁█` 0\.100 → 0\.900/);
    assert.ok(!tooltip.includes('[x](command'));
    const error = { code: 'disk-full', message: 'The disk is full', hint: 'Free some space.', where: '/results' };
    const failed = jobLine(training('0', { state: 'failed', error }), now).tooltip();
    assert.match(failed, /Failed: The disk is full\n\nFree some space\.\n\n`\/results`/);
  });

  it('makes nothing of what nobody has opened: two hundred that ended earlier cost their counting', () => {
    let made = 0;
    const many = Array.from({ length: 200 }, (_, fold) => {
      const job = training(String(fold), { state: 'finished', updatedAt: before });
      Object.defineProperty(job.training, 'diceCurve', { get: () => ((made += 1), []) });
      return job;
    });
    const jobs = listed(many);
    const [earlier] = topLines(jobs, now);
    assert.equal(earlier!.short, '200');
    assert.equal(linesBelow(earlier!, jobs, now).length, 200);
    assert.equal(made, 0, 'tooltips are made for rows that nobody points at');
  });
});

describe('what a job waits for', () => {
  it('is asked of whoever knows, who may be an object of a class', () => {
    class Center {
      readonly jobs: KnownJob[] = [];
      readonly problems = [];
      readonly queue = [waiting(3)];
      private readonly reason: Waiting = { for: 'device', device: 'cpu', ids: ['a'] };
      why(): Waiting {
        return this.reason;
      }
      titleOf(id: string): string {
        return `${id} of ${this.queue.length}`;
      }
    }
    const [, line] = allLines(new Center(), now);
    assert.match(line!.short, /waits for the processor, which is taken by "a of 1"/);
    assert.match(line!.tooltip(), /Waits for the processor/);
  });
});

describe('what a job takes', () => {
  const { contributes } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
  type MenuEntry = { command: string; when: string; group: string };
  const menu = (contributes.menus['view/item/context'] as MenuEntry[]).filter(({ when }) =>
    when.includes('nnunet.runs'),
  );

  const states: RunStatus[] = [
    running,
    { state: 'finished', meanDice: 0.8 },
    ...(['finished', 'stopped', 'failed', 'interrupted'] as const).map((state) => ({ state })),
  ];
  const lines = [
    ...states.map((status) => jobLine(training('0', status), now)),
    ...states.map((status) => jobLine({ ...training('0', status), job: waiting(0).job }, now)),
    ...states.map((status) => jobLine(check(status), now)),
    ...states.map((status) => jobLine({ ...check(status), job: undefined }, now)),
    ...allLines(listed([], [waiting(0), waiting(1, { failure: { code: 'x', message: '', hint: '' } })]), now),
  ];

  it('is the same in its menu and behind the status bar', () => {
    for (const { context } of lines) {
      const inMenu = menu
        .filter(({ group, when }) => {
          const pattern = /viewItem =~ \/(.*?)\/(?: |$)/.exec(when)?.[1];
          return !group.startsWith('inline') && pattern !== undefined && new RegExp(pattern).test(context);
        })
        .map(({ command }) => command);
      assert.deepEqual([...new Set(inMenu)].sort(), commandsOf({ context }).sort(), context);
    }
  });

  it('is a command that there is', () => {
    const known = contributes.commands.map(({ command }: { command: string }) => command);
    for (const command of lines.flatMap(commandsOf)) assert.ok(known.includes(command), command);
  });
});

describe('the status bar', () => {
  const textOf = (status: RunStatus) => statusBarText([training('0', status)], [])!.replace('$(sync~spin) ', '');

  it('counts what runs and waits, and is empty otherwise', () => {
    const two = [training('0', running), check(running)];
    assert.equal(statusBarText(two, [waiting(1)]), '$(sync~spin) nnU-Net: 2 running, 1 waiting');
    assert.equal(statusBarText([], [waiting(1)]), '$(clock) nnU-Net: 1 waiting');
    assert.equal(statusBarText([training('0', { state: 'finished' })], []), undefined);
  });

  it('says of one that runs alone how far it is', () => {
    assert.equal(textOf({ state: 'running' }), 'nnU-Net: 1 running · Starting');
    assert.equal(
      textOf({ state: 'running', stage: 'preprocess', stageState: 'progress', done: 3, total: 16 }),
      'nnU-Net: 1 running · Preprocessing 3 of 16',
    );
    assert.equal(textOf(running), 'nnU-Net: 1 running · epoch 12 of 40, Dice 0.812, 4 min 40 s left');
    assert.equal(textOf({ ...running, isStopping: true }), 'nnU-Net: 1 running · Stopping…');
  });
});
