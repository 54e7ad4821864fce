/** What computes here, as `nnunet engine` finds out: in a process of its own, since it loads what may be large or broken. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Provider } from '../inference/providers';
import type { ErrorObject } from '../method/errorObject';
import type { Services } from './services';

/** Without the engine there are no devices; without ONNX Runtime no providers. */
export interface EngineInfo {
  core: string | null;
  torch: string | null;
  devices: string[];
  precision: string[];
  coreProblem?: ErrorObject;
  gpuProblem?: string;
  onnxruntime: string | null;
  onnxProviders: Provider[];
  onnxruntimeProblem?: ErrorObject;
  path: string | null;
  source: string | null;
  cores: number;
  memoryBytes: number;
  freeMemoryBytes: number;
}

export async function askEngine(services: Services): Promise<EngineInfo> {
  const words = ['--enable-source-maps', services.distFile('cli.js'), 'engine', '--json'];
  // Inside VS Code the executable is Electron, which then behaves as Node.
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  return JSON.parse(stdout) as EngineInfo;
}
