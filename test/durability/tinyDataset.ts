/** Five scans, planned for networks that take a step in a fraction of a second: for trainings that are killed, queued again or many. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../shared';

const sizes = {
  '2d': { patch_size: [64, 64], batch_size: 4, mostFeatures: 32 },
  '3d_fullres': { patch_size: [24, 32, 32], batch_size: 2, mostFeatures: 64 },
};
export type TinyConfiguration = keyof typeof sizes;

/** @param dataset  Dataset001_Name */
export function prepareTinyDataset(root: string, dataset: string, configurations: readonly TinyConfiguration[]): void {
  const nnunet = (...words: string[]): void => {
    execFileSync(process.execPath, [join(repositoryRoot, 'dist', 'cli.js'), ...words, '--root', root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  nnunet('sample', join(root, 'nnUNet_raw', dataset), '--cases', '5', '--test-cases', '0');
  nnunet('plan', '1');
  const file = join(root, 'nnUNet_preprocessed', dataset, 'nnUNetPlans.json');
  const plans = JSON.parse(readFileSync(file, 'utf8')) as {
    configurations: Record<
      string,
      { patch_size: number[]; batch_size: number; architecture: { arch_kwargs: { features_per_stage: number[] } } }
    >;
  };
  for (const name of configurations) {
    const { mostFeatures, ...size } = sizes[name];
    const planned = plans.configurations[name]!;
    Object.assign(planned, size);
    const network = planned.architecture.arch_kwargs;
    network.features_per_stage = network.features_per_stage.map((_, stage) => Math.min(mostFeatures, 8 << stage));
  }
  writeFileSync(file, JSON.stringify(plans));
  for (const name of configurations) nnunet('preprocess', '1', '-c', name);
}
