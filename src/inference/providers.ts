/** Which of ONNX Runtime's execution providers a model runs on: the one asked for, or the fastest that works here. */

/** As a person asks for it. */
export const providerChoices = ['auto', 'cpu', 'cuda', 'dml', 'coreml'] as const;
export type ProviderChoice = (typeof providerChoices)[number];
export type Provider = Exclude<ProviderChoice, 'auto'>;

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
