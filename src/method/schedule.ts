/** The learning rate of each epoch. */

const exponent = 0.9;

/**
 * nnU-Net's schedule: initial · (1 - epoch/epochs)^0.9.
 * @param epoch 0 … epochs - 1; fractions are allowed, for budgets in time
 */
export function polyLearningRate(initial: number, epoch: number, epochs: number): number {
  return initial * Math.max(0, 1 - epoch / epochs) ** exponent;
}

/** Half a cosine from `initial` down to 0. */
export function cosineLearningRate(initial: number, epoch: number, epochs: number): number {
  return (initial * (1 + Math.cos((Math.PI * Math.min(epoch, epochs)) / epochs))) / 2;
}

/** Linear rise from 0 over `warmupEpochs`, then the poly schedule over the rest (nnUNetTrainer_warmup). */
export function warmupPolyLearningRate(initial: number, epoch: number, epochs: number, warmupEpochs: number): number {
  if (epoch < warmupEpochs) return (initial * epoch) / warmupEpochs;
  return polyLearningRate(initial, epoch - warmupEpochs, epochs - warmupEpochs);
}
