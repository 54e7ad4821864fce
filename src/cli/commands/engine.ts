import { createRequire } from 'node:module';
import { join } from 'node:path';
import { coreInfo } from '../../engine/core';
import { locateCore, packageRoot } from '../../engine/locate';
import { availableCores, memoryState } from '../../engine/machine';
import type { Command } from '../command';

export const engineCommand: Command = {
  name: 'engine',
  summary: 'versions of the native engine, and the devices it can use here',
  description:
    "Starts the native training core and asks it for its version, LibTorch's version, and the devices and number formats it can use on this machine. Use it to find out whether a GPU is seen, and what to put into a bug report.",
  arguments: [],
  options: [],
  examples: [{ command: 'nnunet engine', explains: 'shows, for example, that training will use the CPU in bf16' }],
  async run(_parsed, { output }) {
    const { path, source } = locateCore();
    const info = await coreInfo();
    const onnxruntime = onnxruntimeVersion();
    const memory = memoryState();
    const cores = availableCores();
    output.line(`core         ${info.core} (${source}: ${path})`);
    output.line(`LibTorch     ${info.torch}`);
    output.line(`devices      ${info.devices.join(', ')}`);
    output.line(`precision    ${info.precision.join(', ')}`);
    output.line(`onnxruntime  ${onnxruntime ?? 'not installed'}`);
    output.line(
      `machine      ${cores} cores, ${(memory.totalBytes / 2 ** 30).toFixed(1)} GB memory, ${(memory.availableBytes / 2 ** 30).toFixed(1)} GB free`,
    );
    output.result({
      ...info,
      onnxruntime: onnxruntime ?? null,
      path,
      source,
      cores,
      memoryBytes: memory.totalBytes,
      freeMemoryBytes: memory.availableBytes,
    });
  },
};

function onnxruntimeVersion(): string | undefined {
  try {
    const require = createRequire(join(packageRoot(), 'dist', 'cli.js'));
    return String((require('onnxruntime-node/package.json') as { version: string }).version);
  } catch {
    return undefined;
  }
}
