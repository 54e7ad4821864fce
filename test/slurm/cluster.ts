/** A real Slurm for tests: controller and two nodes of one core on this machine, in a scratch folder, gone when the test ends. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { hostname, tmpdir, totalmem, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe } from 'node:test';
import { repositoryRoot } from '../shared';

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol', 'scancel', 'sinfo'];

/** Why no cluster can be started here; undefined where one can. `npm test slurm` installs what is missing, where it may. */
function missing(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const absent = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  if (absent.length === 0) return undefined;
  return `SKIPPED: no ${absent.join(', ')} here. On Debian: apt-get install --no-install-recommends slurm-wlm slurm-client munge`;
}

/** Like `describe`, for tests that need a cluster. */
export function describeSlurm(name: string, body: () => void): void {
  describe(name, { skip: missing() ?? false }, body);
}

export class SlurmCluster {
  /** When a job was first and last asked to start now, on this process's clock. */
  private readonly askedToStart = new Map<string, { first: number; last: number }>();

  private constructor(
    /** Short: a socket lies in it. */
    readonly folder: string,
    private readonly supervisor: ChildProcess,
  ) {}

  static async start(): Promise<SlurmCluster> {
    for (let attempt = 1; ; attempt += 1) {
      const folder = mkdtempSync(join(tmpdir(), 'slurm-'));
      await writeConfiguration(folder);
      const supervisor = spawn('bash', [join(repositoryRoot, 'test/slurm/cluster.sh'), folder], {
        stdio: ['pipe', 'pipe', 'inherit'],
        detached: true,
      });
      const [first] = (await Promise.race([
        once(createInterface(supervisor.stdout!), 'line'),
        once(supervisor, 'exit'),
      ])) as [unknown];
      const cluster = new SlurmCluster(folder, supervisor);
      if (first === 'ready') return cluster;
      await cluster.stop();
      // Another program may have taken one of the ports between the look and the start.
      if (attempt === 3) throw new Error('The cluster did not start: see above.');
    }
  }

  /** What every command of Slurm needs to find this cluster. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, SLURM_CONF: join(this.folder, 'slurm.conf') };
  }

  /** Runs a command of Slurm. @returns what it printed */
  run(program: string, ...words: string[]): string {
    return execFileSync(program, words, { env: this.environment, encoding: 'utf8', timeout: 20_000 }).trim();
  }

  /**
   * What Slurm does by itself some time before the end of a job's time, where it looks only twice a minute: to the batch shell only.
   * Not waited for: scancel tries on and on where the job is gone after that.
   */
  timeIsUp(job: string): void {
    const child = spawn('scancel', ['--batch', '--signal=USR1', job], { env: this.environment, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill(), 5000);
    child.on('exit', () => clearTimeout(timer));
  }

  /**
   * A job that was queued again waits two minutes otherwise. To be repeated until it starts: Slurm may set the time after this. Begins
   * with the second that follows: a node refuses for good what starts in the second in which it was told to forget the job
   * ("Job credential revoked").
   */
  startNow(job: string): void {
    const now = performance.now();
    const asked = this.askedToStart.get(job);
    const isSameAsking = asked !== undefined && now - asked.last < 5000;
    const first = isSameAsking ? asked.first : now;
    this.askedToStart.set(job, { first, last: now });
    if (now - first < 2000) return;
    try {
      execFileSync('scontrol', ['update', `jobid=${job}`, 'StartTime=now'], {
        env: this.environment,
        stdio: 'ignore',
        timeout: 20_000,
      });
    } catch {
      // It is ending, or runs already.
    }
  }

  /** Ends all jobs and all daemons. */
  async stop(): Promise<void> {
    this.supervisor.stdin!.end();
    if (this.supervisor.exitCode === null && this.supervisor.signalCode === null) await once(this.supervisor, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The last lines of the daemons' logs, for a test that fails. */
  get logs(): string {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => `${name}:\n${readFileSync(join(this.folder, name), 'utf8').split('\n').slice(-20).join('\n')}`)
      .join('\n');
  }
}

async function writeConfiguration(folder: string): Promise<void> {
  const [controller, first, second] = await freePorts(3);
  const host = hostname().split('.')[0]!;
  const user = userInfo().username;
  const memory = Math.floor(totalmem() / 2 ** 21);
  const lines = [
    'ClusterName=test',
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${controller}`,
    'AuthType=auth/munge',
    `AuthInfo=socket=${folder}/munge.socket`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool-%n`,
    `SlurmctldPidFile=${folder}/controller.pid`,
    `SlurmdPidFile=${folder}/node-%n.pid`,
    `SlurmctldLogFile=${folder}/controller.log`,
    `SlurmdLogFile=${folder}/node-%n.log`,
    'SlurmdParameters=config_overrides',
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    'SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0',
    'GresTypes=gpu',
    'ReturnToService=2',
    'MpiDefault=none',
    'JobAcctGatherType=jobacct_gather/none',
    'AccountingStorageType=accounting_storage/none',
    'MinJobAge=600',
    'KillWait=5',
    'CompleteWait=0',
    `NodeName=n1 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${first} CPUs=1 RealMemory=${memory} Gres=gpu:a100:2 State=UNKNOWN`,
    `NodeName=n2 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${second} CPUs=1 RealMemory=${memory} State=UNKNOWN`,
    'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP',
    'PartitionName=short Nodes=n1 Default=NO MaxTime=30 State=UP',
    '',
  ];
  writeFileSync(join(folder, 'slurm.conf'), lines.join('\n'));
  // Any device file is a GPU to Slurm.
  const devices = ['/dev/null', '/dev/zero'].map((file) => `NodeName=n1 Name=gpu Type=a100 File=${file}\n`);
  writeFileSync(join(folder, 'gres.conf'), devices.join(''));
}

async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  for (let opened = 0; opened < count; opened += 1) {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
