import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { clusterCommands } from '../../../../src/jobs/slurm/commands';
import { copyProgram } from '../../../../src/jobs/slurm/copyProgram';
import type { NnunetError } from '../../../../src/method/errors';

describe('this program on a cluster', { skip: process.platform !== 'linux' && 'bash stands in for ssh' }, () => {
  let folder: string;
  let root: string;
  const login = 'exec bash -c "${@: -1}"';
  const before = { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };

  /** "ssh" gives the command to a shell here: what the login node calls its cache is another folder. */
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nnunet copy é-'));
    mkdirSync(join(folder, 'bin'));
    process.env.PATH = `${join(folder, 'bin')}${delimiter}${before.PATH}`;
    process.env.XDG_CACHE_HOME = join(folder, 'there');
    program('ssh', login);
    root = join(folder, 'package');
    put('package.json', '{"name": "nnunet", "version": "1.2.3"}');
    put('dist/runner.js', 'run();');
    put('dist/runner.js.map', '{}');
    put('dist/webview/volume.js', 'show();');
    put("dist/node_modules/it's one/index.js", randomBytes(50_000).toString('hex'));
    put('dist/native/nnunet-core', '#!/bin/sh');
    chmodSync(join(root, 'dist/native/nnunet-core'), 0o755);
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  function program(name: string, lines: string): void {
    writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n${lines}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }

  function put(path: string, content: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  const copy = (): Promise<string> => copyProgram(clusterCommands('anna@login'), { loginNode: 'anna@login', root });
  const programs = (): string[] => {
    const place = join(folder, 'there', 'nnunet', 'programs');
    return existsSync(place) ? readdirSync(place) : [];
  };

  it('is copied there once, with all that runs and nothing that only shows', async () => {
    const place = await copy();
    assert.equal(dirname(place), join(folder, 'there', 'nnunet', 'programs'));
    assert.match(place, /1\.2\.3-[0-9a-f]{12}$/);
    assert.equal(readFileSync(join(place, "dist/node_modules/it's one/index.js"), 'utf8').length, 100_000);
    assert.ok((statSync(join(place, 'dist/native/nnunet-core')).mode & 0o100) !== 0);
    assert.equal(statSync(place).mode & 0o077, 0);
    assert.deepEqual(readdirSync(join(place, 'dist')).sort(), ['native', 'node_modules', 'runner.js']);
    program('tar', 'exit 1');
    assert.equal(await copy(), place);
  });

  it('is another one for each build', async () => {
    const first = await copy();
    put('dist/runner.js', 'ran();');
    assert.notEqual(await copy(), first);
    assert.equal(programs().length, 2);
  });

  it('is not there at all where it comes only in part, or changed', async () => {
    const ways = [
      ['ssh', 'head -c 3000 | bash -c "${@: -1}"'],
      ['tar', `echo 'go();' >"$4/dist/runner.js"; exec ${tarHere()} "$@"`],
    ] as const;
    for (const [name, lines] of ways) {
      program('ssh', login);
      program(name, lines);
      await assert.rejects(copy(), (error: NnunetError) => error.code === 'program-not-copied' && error.hint !== '');
      assert.deepEqual(programs(), [], name);
    }
  });

  it('is copied by several at once', async () => {
    const places = await Promise.all([copy(), copy(), copy()]);
    assert.deepEqual(programs(), [places[0]!.slice(dirname(places[0]!).length + 1)]);
    assert.equal(new Set(places).size, 1);
  });

  it('is refused where it could not run, and from its sources, in words', async () => {
    program('ssh', `case "$*" in *uname*) echo FreeBSD amd64 ;; *) ${login} ;; esac`);
    await assert.rejects(copy(), { code: 'program-missing', message: /is FreeBSD amd64/, hint: /--cluster-program/ });
    program('ssh', login);
    rmSync(join(root, 'dist', 'node_modules'), { recursive: true });
    await assert.rejects(copy(), { code: 'program-missing', message: /sources/ });
    assert.deepEqual(programs(), []);
  });
});

function tarHere(): string {
  return ['/bin/tar', '/usr/bin/tar'].find(existsSync) ?? 'tar';
}
