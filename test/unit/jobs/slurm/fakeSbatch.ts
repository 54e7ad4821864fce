/** Stands in for Slurm's commands where a test only asks what was handed in: each job gets a number, and waits for ever. */
import * as fs from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns what has to stand first in PATH, and the scripts that were handed in so far */
export function fakeSbatch(folder: string): { path: string; scripts(): string[] } {
  const handedIn = join(folder, 'handed-in.txt');
  const programs = {
    sbatch: `for last; do :; done; echo "$last" >> '${handedIn}'; wc -l < '${handedIn}'`,
    // Whether or not it is an array.
    squeue: `for n in $(seq $(wc -l < '${handedIn}')); do for k in N/A 0 1; do echo "nnunet|$n|$k|$n|PENDING|Priority|"; done; done`,
    scancel: 'true',
  };
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(programs))
    fs.writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return {
    path: `${folder}${delimiter}${process.env.PATH}`,
    scripts: () => (fs.existsSync(handedIn) ? fs.readFileSync(handedIn, 'utf8').trimEnd().split('\n') : []),
  };
}
