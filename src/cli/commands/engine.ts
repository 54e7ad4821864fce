import { coreInfo, type CoreInfo } from '../../engine/core';
import { locateCore, type Located } from '../../engine/locate';
import { availableCores, memoryState } from '../../engine/machine';
import { providerName } from '../../inference/providers';
import { runtimeInfo, type RuntimeInfo } from '../../inference/runtime';
import { NnunetError } from '../../method/errors';
import type { Command } from '../command';

export const engineCommand: Command = {
  name: 'engine',
  summary: 'what computes here: native engine, ONNX Runtime, devices',
  description:
    "Asks the native training engine for its version, LibTorch's version, and the devices and number formats it can use on this machine, and ONNX Runtime for its version and providers. Where one of them is missing it says what to do. Use it to find out whether a GPU is seen, and what to put into a bug report.",
  arguments: [],
  options: [],
  examples: [{ command: 'nnunet engine', explains: 'shows, for example, that training will use the CPU in bf16' }],
  async run(_parsed, { output }) {
    const core = await unlessMissing(askCore);
    const runtime = await unlessMissing(runtimeInfo);
    const memory = memoryState();
    const cores = availableCores();
    for (const line of [...coreLines(core), runtimeLine(runtime)]) output.line(line);
    output.line(
      `machine      ${cores} cores, ${(memory.totalBytes / 2 ** 30).toFixed(1)} GB memory, ${(memory.availableBytes / 2 ** 30).toFixed(1)} GB free`,
    );
    output.result({
      ...coreResult(core),
      ...runtimeResult(runtime),
      cores,
      memoryBytes: memory.totalBytes,
      freeMemoryBytes: memory.availableBytes,
    });
  },
};

type Core = CoreInfo & Located;

async function askCore(): Promise<Core> {
  return { ...locateCore(), ...(await coreInfo()) };
}

/** What is not there, or does not start, is a finding here. */
async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | NnunetError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NnunetError) return error;
    throw error;
  }
}

function coreLines(core: Core | NnunetError): string[] {
  if (core instanceof NnunetError) {
    return [
      `core         can't be used: ${core.oneLine}`,
      '             Training needs it; ONNX Runtime predicts without it.',
    ];
  }
  return [
    `core         ${core.core} (${core.source}: ${core.path})`,
    `LibTorch     ${core.torch}`,
    `devices      ${core.devices.join(', ')}`,
    `precision    ${core.precision.join(', ')}`,
    ...(core.gpuProblem === undefined ? [] : [`GPU          not used: ${core.gpuProblem}`]),
  ];
}

function runtimeLine(runtime: RuntimeInfo | NnunetError): string {
  if (runtime instanceof NnunetError) return `onnxruntime  can't be used: ${runtime.oneLine}`;
  return `onnxruntime  ${runtime.version}, computes with: ${runtime.providers.map(providerName).join(', ')}`;
}

function coreResult(core: Core | NnunetError): object {
  if (!(core instanceof NnunetError)) return core;
  return { core: null, torch: null, devices: [], precision: [], path: null, source: null, coreProblem: problem(core) };
}

function runtimeResult(runtime: RuntimeInfo | NnunetError): object {
  if (runtime instanceof NnunetError) {
    return { onnxruntime: null, onnxProviders: [], onnxruntimeProblem: problem(runtime) };
  }
  return { onnxruntime: runtime.version, onnxProviders: runtime.providers };
}

function problem({ code, message, where, hint }: NnunetError): object {
  return { code, message, where, hint };
}
