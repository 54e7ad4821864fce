// Bundles one of the benchmark's TypeScript programs.
import { join } from 'node:path';
import { build } from 'esbuild';
import { repository } from './data.mjs';

/** @returns the program's path, for Node */
export async function program(name) {
  const outfile = join(repository, 'out/bench', `${name}.cjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['@itk-wasm/image-io', 'itk-wasm', 'onnxruntime-node'],
    logLevel: 'silent',
  });
  return outfile;
}
