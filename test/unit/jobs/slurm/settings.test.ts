import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterSettings } from '../../../../src/jobs/slurm/settings';
import { pathsHere, pathsThere, pathThere } from '../../../../src/jobs/slurm/pathMap';

describe('Settings of a cluster', () => {
  it('takes what is set, and empty texts, lists and zeros as absent', () => {
    const given = {
      partition: ' gpu ',
      account: '',
      cores: 0,
      modules: [],
      lines: ['#SBATCH --nice'],
      memory: '32G',
      gpus: 'a100:2',
    };
    assert.deepEqual(clusterSettings(given), {
      partition: 'gpu',
      lines: ['#SBATCH --nice'],
      memory: '32G',
      gpus: 'a100:2',
    });
    assert.deepEqual(clusterSettings(undefined), {});
  });

  it('refuses what would be another option, another command or nothing that Slurm understands', () => {
    const wrong: Record<string, unknown>[] = [
      { partition: 'gpu --nice' },
      { partition: '-x' },
      { account: 'a;b' },
      { loginNode: '-oProxyCommand=touch /tmp/x' },
      { loginNode: 'host name' },
      { gpus: '0' },
      { gpus: 'a100:1,gres:2' },
      { memory: 'much' },
      { time: 'tomorrow' },
      { cores: 1.5 },
      { cores: -1 },
      { saveSeconds: 3 },
      { lines: ['#SBATCH --nice\nrm -rf x'] },
      { modules: 'cuda' },
      { node: '/usr/bin/node\nrm' },
      { pathMap: [{ here: '/a' }] },
    ];
    for (const value of wrong) {
      assert.throws(
        () => clusterSettings(value),
        (error: { code?: string; message: string }) =>
          error.code === 'cluster-setting' && error.message.includes(`"${Object.keys(value)[0]}"`),
        JSON.stringify(value),
      );
    }
  });
});

describe('Paths of a cluster', () => {
  const map = [
    { here: '/Volumes/lab/', there: '/nfs/lab' },
    { here: '/Volumes/lab/scratch', there: '/scratch/me/' },
    { here: 'Z:\\data', there: '/nfs/data' },
  ];

  it('takes the longest folder that fits, and whole names only', () => {
    assert.equal(pathThere('/Volumes/lab/a b/c', map), '/nfs/lab/a b/c');
    assert.equal(pathThere('/Volumes/lab', map), '/nfs/lab');
    assert.equal(pathThere('/Volumes/lab/scratch/x', map), '/scratch/me/x');
    assert.equal(pathThere('/Volumes/laboratory/x', map), '/Volumes/laboratory/x');
    assert.equal(pathThere('Z:\\data\\raw\\x', map), '/nfs/data/raw/x');
    assert.equal(pathThere('/elsewhere', map), '/elsewhere');
    assert.deepEqual(pathsHere({ files: ['/nfs/lab/a b/c', '/elsewhere'] }, map), {
      files: ['/Volumes/lab/a b/c', '/elsewhere'],
    });
  });

  it('finds the paths in a request, at any depth, and nothing else', () => {
    const request = {
      folders: { raw: '/Volumes/lab/raw' },
      models: ['/Volumes/lab/m'],
      options: { epochs: 3, npz: false },
      other: null,
    };
    assert.deepEqual(pathsThere(request, map), {
      folders: { raw: '/nfs/lab/raw' },
      models: ['/nfs/lab/m'],
      options: { epochs: 3, npz: false },
      other: null,
    });
    assert.equal(pathsThere(request, []), request);
  });
});
