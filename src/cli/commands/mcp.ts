import { join } from 'node:path';
import { packageRoot, packageVersion } from '../../engine/locate';
import { clusterOptions, launcherFrom } from '../clusterOptions';
import type { Command } from '../command';
import { localStarter } from '../localStarter';
import { rootsFor } from '../roots';

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'let an assistant ask about datasets, trainings and models (MCP)',
  description:
    'A server for programs with a language model: they start it, and speak with it over standard input and output. It tells what datasets there are and what is wrong with them, what to train, how jobs do, and where a model is worst; it starts jobs once you agree in the program that asks.\nNo voxel leaves through it. In place of the names of cases, files and folders it says "case 3" and "file 2": the number is the place in the list of cases.',
  arguments: [],
  options: [
    { name: 'share-names', kind: 'flag', description: 'tell the names of cases, files and folders' },
    {
      name: 'allow-start',
      kind: 'flag',
      description: 'start jobs unasked where the program of the assistant cannot ask you',
    },
    ...clusterOptions,
  ],
  examples: [
    {
      command: 'nnunet mcp --root /data/nnunet',
      explains: 'the command to enter in the settings of an assistant, as a server of type "stdio"',
    },
    {
      command: 'nnunet mcp --root /data/nnunet --launcher slurm --partition gpu --gpus 1',
      explains: 'the same, where trainings and predictions run on a cluster',
    },
  ],
  async run(parsed, { signal }) {
    const where = launcherFrom(parsed);
    // Not by a name that the bundler could follow.
    const bundle = join(packageRoot(), 'dist', 'mcp.js');
    const { serveOverStdio } = (await import(bundle)) as typeof import('../mcp/stdio');
    await serveOverStdio(
      {
        settings: { roots: [rootsFor(parsed)], shareNames: parsed.flag('share-names'), launch: () => where },
        version: packageVersion(),
        allowStart: parsed.flag('allow-start'),
        starter: localStarter(),
      },
      signal,
    );
  },
};
