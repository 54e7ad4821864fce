/** Which ONNX Runtime is there: its version, and on which providers it can compute here. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { InferenceError } from './inferenceError';
import { providers, type Provider } from './providers';

export interface RuntimeInfo {
  version: string;
  /** Those that this program can ask for. */
  providers: Provider[];
}

/** @throws InferenceError `onnxruntime-missing` */
export async function runtimeInfo(): Promise<RuntimeInfo> {
  const ort = await loadRuntime();
  const { node, common } = ort.env.versions;
  return { version: node ?? common, providers: providersOf(ort) };
}

/** @throws InferenceError `onnxruntime-missing` */
export async function loadRuntime(): Promise<typeof Ort> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const [reason] = String((error as Error).message ?? error).split('\n');
    throw new InferenceError('onnxruntime-missing', `ONNX Runtime can't be loaded: ${reason}`, {
      hint: `Install the package that is made for this system (${process.platform}-${process.arch}).`,
      cause: error,
    });
  }
}

/** Those that are built in, or lie beside the runtime. */
export function providersOf(ort: typeof Ort): Provider[] {
  const backends = ort.listSupportedBackends().filter(({ name, bundled }) => bundled || hasLibrary(name));
  return providers.filter((provider) => backends.some(({ name }) => name === provider));
}

/** Whether a provider that comes as a library of its own lies beside the runtime. */
function hasLibrary(provider: string): boolean {
  try {
    const folder = dirname(createRequire(__filename).resolve('onnxruntime-node/package.json'));
    const library = `libonnxruntime_providers_${provider}.so`;
    return existsSync(join(folder, 'bin', 'napi-v6', process.platform, process.arch, library));
  } catch {
    return false;
  }
}
