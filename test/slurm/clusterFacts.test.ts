import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { clusterFacts, type ClusterFacts } from '../../src/jobs/slurm/clusterFacts';
import { clusterCommands } from '../../src/jobs/slurm/commands';
import { describeSlurm, SlurmCluster } from './cluster';

describeSlurm('A cluster that is asked what it has', () => {
  let cluster: SlurmCluster;
  let facts: ClusterFacts;
  before(async () => {
    cluster = await SlurmCluster.start();
    Object.assign(process.env, cluster.environment);
    facts = await clusterFacts(clusterCommands());
  });
  after(() => cluster.stop());

  it('tells its partitions, which is the default, and their limits', () => {
    const told = facts.partitions.map(({ machines: _, ...partition }) => partition);
    assert.deepEqual(told, [
      { name: 'main', isDefault: true, isUp: true, longestSeconds: null, defaultSeconds: 3600 },
      { name: 'short', isDefault: false, isUp: true, longestSeconds: 1800, defaultSeconds: null },
    ]);
    assert.match(facts.version, /^slurm.* \d+\./);
    assert.deepEqual(facts.accounts, []);
  });

  it('tells machines with GPUs apart from those without', () => {
    const [main, short] = facts.partitions.map(({ machines }) =>
      machines.map(({ nodes, idleNodes, cores, gpus }) => ({ nodes, idleNodes, cores, gpus })),
    );
    const withGpus = { nodes: 1, idleNodes: 1, cores: 1, gpus: [{ type: 'a100', count: 2 }] };
    assert.deepEqual(main, [withGpus, { ...withGpus, gpus: [] }]);
    assert.deepEqual(short, [withGpus]);
  });
});
