/** How much memory has this machine's GPU, as NVIDIA's driver tells? */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** @returns bytes of the largest; undefined where there is none, or nobody tells */
export async function gpuMemoryBytes(): Promise<number | undefined> {
  const words = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  const told = await promisify(execFile)('nvidia-smi', words, { timeout: 3000 }).catch(() => undefined);
  const sizes = (told?.stdout ?? '')
    .split('\n')
    .map((line) => Number(line.trim()))
    .filter((mebibytes) => mebibytes > 0);
  return sizes.length > 0 ? Math.max(...sizes) * 2 ** 20 : undefined;
}
