/** Where is this program for the cluster's machines: here, where they see this folder, or where a setting says? */
import { join, posix } from 'node:path';
import { packageRoot } from '../../engine/locate';
import { RunError } from '../../method/errors';
import type { Ask } from './commands';
import { pathThere } from './pathMap';
import type { Program } from './script';
import type { ClusterSettings } from './settings';

/** The cluster's machines are taken to have the same folders as the machine on which its commands work. */
export function programFor(settings: ClusterSettings): Program {
  const { loginNode, node, program, pathMap } = settings;
  const runner = join(packageRoot(), 'dist', 'runner.js');
  return {
    node: node ?? (loginNode === undefined ? process.execPath : 'node'),
    runner: program === undefined ? pathThere(runner, pathMap) : posix.join(program, 'dist', 'runner.js'),
    ...(node === undefined && loginNode === undefined && process.versions.electron && { isElectron: true }),
  };
}

/** @throws RunError `program-missing`, `folder-not-shared` where the login node sees one of them not */
export async function requireShared(ask: Ask, loginNode: string, runner: string, jobsFolder: string): Promise<void> {
  if ((await ask(['test', '-e', runner])).code !== 0) {
    throw new RunError('program-missing', `This program is not on ${loginNode}`, {
      where: runner,
      hint: 'Install it there and name its folder with --cluster-program (in VS Code: the setting "nnunet.slurm.program").',
    });
  }
  if ((await ask(['test', '-d', jobsFolder])).code !== 0) {
    throw new RunError('folder-not-shared', `${loginNode} does not see the results folder`, {
      where: jobsFolder,
      hint: 'Work in a folder that the cluster mounts, too. Where it is called otherwise there, say how with --path-map HERE=THERE (in VS Code: the setting "nnunet.slurm.pathMap").',
    });
  }
}
