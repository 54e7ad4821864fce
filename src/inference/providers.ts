/** Which of ONNX Runtime's execution providers a model runs on: the one asked for, or the fastest that works here. */
import { InferenceError } from './inferenceError';

export const providers = ['cpu', 'cuda', 'dml', 'coreml'] as const;
export type Provider = (typeof providers)[number];
/** As a person asks for it. */
export const providerChoices = ['auto', ...providers] as const;
export type ProviderChoice = (typeof providerChoices)[number];

const names: Record<Provider, string> = {
  cpu: 'processor',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
};

export function providerName(provider: Provider): string {
  return names[provider];
}

/**
 * Providers to try, the fastest first.
 * @param built  what the runtime of this system was built with
 */
export function candidates(choice: ProviderChoice, built: readonly string[]): Provider[] {
  if (choice !== 'auto') return [choice];
  // CoreML runs 3D convolutions on the processor in pieces, which is slower than the processor's own kernels.
  const accelerators: Provider[] = ['cuda', 'dml'];
  return [...accelerators.filter((name) => built.includes(name)), 'cpu'];
}

const needs: Record<Provider, string> = {
  cpu: '',
  cuda: "CUDA needs Linux, an NVIDIA GPU and ONNX Runtime's CUDA library (docs/onnx.md). ",
  dml: 'DirectML is a part of Windows. ',
  coreml: 'CoreML is a part of macOS. ',
};

/**
 * One that is asked for by name must be there; `auto` takes what is.
 * @param there  see `runtimeInfo`
 * @throws InferenceError `provider-missing`
 */
export function requireProvider(choice: ProviderChoice, there: readonly Provider[]): void {
  if (choice === 'auto' || there.includes(choice)) return;
  const others = there.map(providerName).join(', ') || 'nothing';
  throw new InferenceError(
    'provider-missing',
    `ONNX Runtime can't compute with ${providerName(choice)} here, only with: ${others}`,
    { hint: `${needs[choice]}Choose auto or cpu: --provider, or the setting nnunet.onnxProvider.` },
  );
}
