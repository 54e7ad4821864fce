/** Where is this program for the cluster's machines: here, where they see this folder, where a setting says, or where it is copied to? */
import { join, posix } from 'node:path';
import { packageRoot } from '../../engine/locate';
import { RunError } from '../../method/errors';
import type { Ask } from './commands';
import { copyProgram } from './copyProgram';
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

/**
 * Where it is on a login node: where it is installed, else where it was copied to.
 * @throws RunError `program-missing`; as `copyProgram`
 */
export async function programThere(ask: Ask, settings: ClusterSettings, installed: Program): Promise<Program> {
  const { loginNode, program } = settings;
  if (loginNode === undefined || (await ask(['test', '-e', installed.runner])).code === 0) return installed;
  if (program === undefined) {
    const folder = await copyProgram(ask, { loginNode, root: packageRoot() });
    return { ...installed, runner: posix.join(folder, 'dist', 'runner.js') };
  }
  throw new RunError('program-missing', `This program is not on ${loginNode}`, {
    where: installed.runner,
    hint: 'Correct --cluster-program (in VS Code: the setting "nnunet.slurm.program"), or leave it out: then the program is copied there.',
  });
}

/** @throws RunError `folder-not-shared` where the login node does not see it */
export async function requireShared(ask: Ask, loginNode: string, jobsFolder: string): Promise<void> {
  if ((await ask(['test', '-d', jobsFolder])).code === 0) return;
  throw new RunError('folder-not-shared', `${loginNode} does not see the results folder`, {
    where: jobsFolder,
    hint: 'Work in a folder that the cluster mounts, too. Where it is called otherwise there, say how with --path-map HERE=THERE (in VS Code: the setting "nnunet.slurm.pathMap").',
  });
}
