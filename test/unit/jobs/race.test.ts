import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { advance, type Starter } from '../../../src/jobs/advance';
import { graphFile, readGraph } from '../../../src/jobs/graphFile';
import { writeJob } from '../../../src/jobs/jobFolder';
import { noteFirstStart } from '../../../src/jobs/launchFile';
import { checkJob, roomyMachine } from './someJobs';

const racers = 50;
const chains = 40;
const jobsInChain = 5;
/** Two in each of the first five chains. */
const killed = 10;

/** Runs a job by writing a line, one for each time that it runs. Some starters are killed before it began, some after it had. */
function racingStarter(root: string): Starter {
  return {
    launchers: {
      local: {
        name: 'local',
        submit(_, jobs) {
          for (const { id, title } of jobs) {
            if (dies(title, 'before')) process.kill(process.pid, 'SIGKILL');
            if (noteFirstStart(root, id, { launcher: 'local', host: hostname(), pid: process.pid }))
              fs.appendFileSync(join(root, 'ran.txt'), `${id}\n`);
            if (dies(title, 'after')) process.kill(process.pid, 'SIGKILL');
          }
          return Promise.resolve(jobs.map(() => ({ launcher: 'local', host: hostname(), pid: process.pid })));
        },
        cancel: () => Promise.resolve(),
        observe: () => Promise.resolve([]),
      },
    },
  };

  /** Once for each of these jobs. */
  function dies(title: string, when: 'before' | 'after'): boolean {
    if (!title.includes(when)) return false;
    try {
      fs.mkdirSync(join(root, `${when} ${title}`));
      return true;
    } catch {
      return false;
    }
  }
}

async function race(root: string): Promise<void> {
  const starter = racingStarter(root);
  process.send!('ready');
  await once(process, 'message');
  while (readGraph(root).length > 0) {
    await advance(root, starter, roomyMachine);
    await sleep(300 + Math.random() * 600);
  }
  process.disconnect();
}

if (process.argv[2] === 'racer') {
  void race(process.argv[3]!);
} else {
  describe('fifty programs that start two hundred jobs', () => {
    it('run each exactly once, in the order of what waits for what, though some are killed while they start one', async () => {
      const root = fs.mkdtempSync(join(tmpdir(), 'nnunet race é-'));
      const started: ChildProcess[] = [];
      try {
        const ids = Array.from({ length: chains }, (_, chain) => writeChain(root, chain));
        // Those that are waited for stand behind those that wait.
        const order = ids.flat().reverse();
        fs.writeFileSync(graphFile(root), JSON.stringify({ entries: order.map((id) => ({ id, host: hostname() })) }));
        for (let number = 0; number < racers; number += 1) started.push(fork(__filename, ['racer', root]));
        await Promise.all(started.map((one) => once(one, 'message')));
        const ended = Promise.all(started.map((one) => once(one, 'exit')));
        for (const one of started) one.send('go');
        const codes = await ended;
        const ran = fs.readFileSync(join(root, 'ran.txt'), 'utf8').trimEnd().split('\n');
        assert.deepEqual([...ran].sort(), [...order].sort());
        for (const chain of ids)
          assert.deepEqual(
            ran.filter((id) => chain.includes(id)),
            chain,
          );
        assert.equal(codes.filter(([, signal]) => signal === 'SIGKILL').length, killed);
        assert.equal(codes.filter(([code]) => code === 0).length, racers - killed);
        assert.deepEqual(fs.readdirSync(join(root, '.nnunet')).sort(), [basename(graphFile(root)), 'jobs']);
      } finally {
        for (const one of started) one.kill('SIGKILL');
        fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
      }
    });
  });
}

/** @returns the ids, in the order in which they have to run */
function writeChain(root: string, chain: number): string[] {
  let earlier: string | undefined;
  return Array.from({ length: jobsInChain }, (_, place) => {
    const id = (chain * jobsInChain + place).toString(16).padStart(8, '0');
    const fate = chain > 4 ? '' : place === 1 ? 'before' : place === 3 ? 'after' : '';
    const after = earlier === undefined ? [] : [{ id: earlier, is: 'ended' as const }];
    writeJob(root, checkJob(root, { id, title: `Check ${chain} ${fate}`, after }));
    earlier = id;
    return id;
  });
}
