import assert from 'node:assert/strict';
import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { endTakenOver } from '../../../src/runner/takenOver';
import { RunLock } from '../../../src/dataset/foldLock';
import { Heartbeats, silentSeconds } from '../../../src/storage/heartbeats';
import { FileLock, liveHolder, settledHolder } from '../../../src/storage/lock';
import { identityOf, isAlive, type ProcessIdentity } from '../../../src/storage/processes';
import { scratchFolder } from '../dataset/scratch';

/** This file is also the program of the processes that compete. */
const role = process.argv[2];
if (role === 'starter') compete();
else if (role === 'run') runUntilTakenOver(process.argv[3]!);
else tests();

function compete(): void {
  let lock: FileLock | undefined;
  process.on('message', ({ file, at }: { file: string; at: number } | { file: undefined; at: 0 }) => {
    if (file === undefined) {
      lock?.release();
      lock = undefined;
      process.send!('released');
      return;
    }
    while (Date.now() < at); // Both at the same instant.
    void FileLock.acquire(file).then((got) => {
      lock = got instanceof FileLock ? got : undefined;
      process.send!(lock ? 'won' : 'lost');
    });
  });
  process.send!('ready');
}

function runUntilTakenOver(folder: string): void {
  void RunLock.acquire(folder, endTakenOver).then((lock) => {
    const core = identityOf(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).pid!);
    lock.noteCore(core);
    process.on('message', () => lock.noteCore(core));
    process.send!(core);
  });
}

function tests(): void {
  let file: string;
  let milliseconds: number;
  let watch: Heartbeats;
  beforeEach(async (context) => {
    file = join(await scratchFolder(context as TestContext), 'run.lock');
    milliseconds = 0;
    watch = new Heartbeats(() => milliseconds);
  });

  const passed = (seconds: number): void => void (milliseconds += seconds * 1000);
  const writeForeign = (beat?: number): void =>
    fs.writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'theirs', beat }));
  const deadPid = spawnSync(process.execPath, ['-e', '']).pid;
  const isWon = (got: object): got is FileLock => got instanceof FileLock;

  describe('the lock of another machine', () => {
    it('holds while its beat changes, however long that takes', () => {
      for (let beat = 0; beat < 20; beat++, passed(silentSeconds - 1)) {
        writeForeign(beat);
        assert.equal(liveHolder(file, watch)?.host, 'elsewhere');
      }
    });

    it('holds no longer once it was seen to be silent, and then is taken over', async () => {
      writeForeign(7);
      assert.ok(liveHolder(file, watch));
      passed(silentSeconds - 1);
      assert.ok(liveHolder(file, watch));
      passed(1);
      assert.equal(liveHolder(file, watch), undefined);
      const lock = await FileLock.acquire(file, { watch });
      assert.ok(isWon(lock));
      assert.equal(lock.previous?.host, 'elsewhere');
      lock.release();
    });

    it('is judged the same whatever clock its file was written by', async () => {
      for (const hours of [-1, 1]) {
        writeForeign(1);
        const time = new Date(Date.now() + hours * 3600_000);
        fs.utimesSync(file, time, time);
        assert.ok(liveHolder(file, watch));
        assert.ok(!isWon(await FileLock.acquire(file, { watch })));
        passed(silentSeconds);
        assert.equal(liveHolder(file, watch), undefined);
        writeForeign(2);
        fs.utimesSync(file, time, time);
        assert.ok(liveHolder(file, watch));
        passed(silentSeconds);
      }
    });

    it('is waited for until it gives a sign of life', async () => {
      writeForeign(1);
      let told = 0;
      const holder = settledHolder(file, {
        watch,
        onWait: () => {
          told += 1;
          writeForeign(2);
        },
      });
      assert.equal((await holder)?.host, 'elsewhere');
      assert.equal(told, 1);
    });

    it('is removed for who waited in vain', async () => {
      writeForeign(1);
      assert.equal(await settledHolder(file, { watch, onWait: () => passed(silentSeconds) }), undefined);
      assert.ok(!fs.existsSync(file));
    });
  });

  describe('two that start at once', () => {
    const states: [string, () => void][] = [
      ['where there is no lock', () => undefined],
      [
        'where a dead one left its lock',
        () => fs.writeFileSync(file, JSON.stringify({ pid: deadPid, host: hostname() })),
      ],
      ['where a lock was torn', () => fs.writeFileSync(file, '{"pid":')],
    ];
    for (const [where, prepare] of states) {
      const rounds = where.includes('torn') ? 5 : 50;
      it(`are never both let in, and never both turned away, ${where} (${rounds} times)`, async () => {
        const starters = [0, 1, 2].map(() => fork(__filename, ['starter']));
        try {
          await Promise.all(starters.map((starter) => answer(starter)));
          for (let round = 0; round < rounds; round++) {
            prepare();
            const at = Date.now() + 5;
            const outcomes = await Promise.all(starters.map((starter) => ask(starter, { file, at })));
            assert.equal(outcomes.filter((outcome) => outcome === 'won').length, 1, `round ${round}: ${outcomes}`);
            await Promise.all(starters.map((starter) => ask(starter, { at: 0 })));
            assert.deepEqual(fs.readdirSync(join(file, '..')), []);
          }
        } finally {
          for (const starter of starters) starter.kill();
        }
      });
    }
  });

  describe('a lock that was taken away', () => {
    it('is not written over, and its former holder is told', async () => {
      let lost = 0;
      const lock = await FileLock.acquire(file, { onLost: () => (lost += 1) });
      assert.ok(isWon(lock));
      fs.rmSync(file);
      writeForeign(1);
      const theirs = fs.readFileSync(file, 'utf8');
      lock.beat();
      lock.beat();
      lock.release();
      assert.equal(lost, 1);
      assert.equal(fs.readFileSync(file, 'utf8'), theirs);
    });

    it('is made again where nobody has taken the place', async () => {
      const lock = await FileLock.acquire(file, { onLost: () => assert.fail('it is not lost') });
      assert.ok(isWon(lock));
      fs.rmSync(file);
      lock.beat();
      assert.equal(liveHolder(file)?.pid, process.pid);
      lock.release();
      assert.ok(!fs.existsSync(file));
    });

    it('ends a run with its core', async (context) => {
      const folder = join(file, '..');
      const run = fork(__filename, ['run', folder], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
      context.after(() => run.kill());
      const core = (await answer(run)) as unknown as ProcessIdentity;
      assert.ok(isAlive(core));
      fs.rmSync(file);
      writeForeign(1);
      const ended = once(run, 'exit');
      run.send('look');
      assert.deepEqual(await ended, [1, null]);
      while (isAlive(core)) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(liveHolder(file, watch)?.host, 'elsewhere');
    });
  });

  it('the beat of a lock changes what others see, and not how long the file is', async () => {
    const lock = await FileLock.acquire<ProcessIdentity & { core?: object }>(file);
    assert.ok(lock instanceof FileLock);
    const before = fs.readFileSync(file, 'utf8');
    lock.note({ core: { pid: 12345, host: 'here' } });
    const after = fs.readFileSync(file, 'utf8');
    lock.note({ core: undefined });
    assert.notEqual(after, before);
    assert.equal(after.length, before.length);
    assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).core, undefined);
    lock.release();
  });

  it('a marker that a killed process left in the middle of a takeover stops nobody', async () => {
    const dead = JSON.stringify({ pid: deadPid, host: hostname(), token: 'gone' });
    fs.writeFileSync(file, dead);
    const hash = createHash('sha256').update('gone').digest('hex').slice(0, 16);
    const marker = join(file, '..', `.run.lock-${hash}`);
    fs.writeFileSync(marker, dead);
    const lock = await FileLock.acquire(file);
    assert.ok(isWon(lock));
    lock.release();
    assert.deepEqual(fs.readdirSync(join(file, '..')), []);
  });
}

function answer(child: ChildProcess): Promise<string> {
  return once(child, 'message').then(([message]) => message as string);
}

function ask(child: ChildProcess, message: object): Promise<string> {
  const answered = answer(child);
  child.send(message);
  return answered;
}
