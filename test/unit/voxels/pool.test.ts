import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { JobPool } from '../../../src/voxels/pool';

/** Jobs that run until they are told to end; `log` has the order in which they began. */
class Jobs {
  readonly log: string[] = [];
  readonly ends = new Map<string, () => void>();
  running = 0;

  job(name: string, bytes: number, signal?: AbortSignal) {
    return {
      bytes,
      signal,
      run: async () => {
        this.log.push(name);
        this.running += 1;
        await new Promise<void>((resolve) => this.ends.set(name, resolve));
        this.running -= 1;
        return name;
      },
    };
  }

  async end(name: string) {
    this.ends.get(name)!();
    await turn();
  }
}

describe('JobPool', () => {
  it('runs as many jobs at once as asked for, in order', async () => {
    const pool = new JobPool({ concurrency: 2, bytes: 100 });
    const jobs = new Jobs();
    const results = ['a', 'b', 'c', 'd'].map((name) => pool.run(jobs.job(name, 1)));
    await turn();
    assert.deepEqual(jobs.log, ['a', 'b']);
    await jobs.end('b');
    assert.deepEqual(jobs.log, ['a', 'b', 'c']);
    await jobs.end('a');
    await jobs.end('c');
    await jobs.end('d');
    assert.deepEqual(await Promise.all(results), ['a', 'b', 'c', 'd']);
  });

  it('never exceeds its memory, except for one job that is larger than all of it', async () => {
    const pool = new JobPool({ concurrency: 4, bytes: 100 });
    const jobs = new Jobs();
    const results = [pool.run(jobs.job('half', 60)), pool.run(jobs.job('huge', 500)), pool.run(jobs.job('small', 30))];
    await turn();
    assert.deepEqual(jobs.log, ['half', 'small'], 'the small one goes before the one that does not fit');
    await jobs.end('half');
    assert.equal(jobs.running, 1);
    await jobs.end('small');
    assert.deepEqual(jobs.log, ['half', 'small', 'huge']);
    const later = pool.run(jobs.job('later', 1));
    await turn();
    assert.equal(jobs.running, 1, 'beside a job that fills the memory none starts');
    await jobs.end('huge');
    await jobs.end('later');
    await Promise.all([...results, later]);
  });

  it('lets a large job wait for a few smaller ones only', async () => {
    const pool = new JobPool({ concurrency: 2, bytes: 100 });
    const jobs = new Jobs();
    const names = Array.from({ length: 30 }, (_, i) => `s${i}`);
    const long = pool.run(jobs.job('long', 50));
    const large = pool.run(jobs.job('large', 80));
    const small = names.map((name) => pool.run(jobs.job(name, 10)));
    await turn();
    for (const name of names) {
      if (!jobs.ends.has(name)) break;
      await jobs.end(name);
    }
    assert.equal(jobs.log.length, 1 + 8);
    assert.ok(!jobs.log.includes('large'));
    await jobs.end('long');
    assert.equal(jobs.log.at(9), 'large');
    await jobs.end('large');
    for (const name of names.slice(8)) await jobs.end(name);
    await Promise.all([long, large, ...small]);
  });

  it('rejects a waiting job at once when it is cancelled, and never starts it', async () => {
    const pool = new JobPool({ concurrency: 1, bytes: 100 });
    const jobs = new Jobs();
    const controller = new AbortController();
    const first = pool.run(jobs.job('first', 1));
    const waiting = pool.run(jobs.job('waiting', 1, controller.signal));
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await jobs.end('first');
    await first;
    assert.deepEqual(jobs.log, ['first']);
  });

  it('goes on after a job that failed', async () => {
    const pool = new JobPool({ concurrency: 1, bytes: 10 });
    await assert.rejects(pool.run({ bytes: 10, run: () => Promise.reject(new Error('broken')) }), /broken/);
    assert.equal(await pool.run({ bytes: 10, run: () => Promise.resolve(5) }), 5);
  });

  it('maps items in order, and stops with the first failure', async () => {
    const pool = new JobPool({ concurrency: 2, bytes: 10 });
    const doubled = await pool.map(
      [1, 2, 3],
      () => 1,
      (item) => Promise.resolve(2 * item),
    );
    assert.deepEqual(doubled, [2, 4, 6]);
    const begun: number[] = [];
    const failing = pool.map(
      [0, 1, 2, 3, 4],
      () => 10,
      async (item) => {
        begun.push(item);
        await turn();
        if (item === 1) throw new Error('case 1');
      },
    );
    await assert.rejects(failing, /case 1/);
    assert.deepEqual(begun, [0, 1]);
  });

  it('stops a map with the reason of its signal', async () => {
    const pool = new JobPool({ concurrency: 1, bytes: 10 });
    const controller = new AbortController();
    const work = async (item: number) => {
      if (item === 1) controller.abort(new Error('by hand'));
      await turn();
    };
    await assert.rejects(
      pool.map([0, 1, 2], () => 1, work, controller.signal),
      /by hand/,
    );
  });
});
