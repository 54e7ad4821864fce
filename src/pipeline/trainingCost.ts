/** What does training a configuration take: memory, time, disk? Estimates, which can be told before it begins. */
import { presetOf, trainingGigabytes } from '../method/planner/gpuMemory';
import type { Plans } from '../method/plans';
import type { Model } from './modelFolder';
import { checkpointBytes, trainingBytes, trainingStepOperations, weightCount } from './resources';

/** Multiplications a second and core, with what training does besides them; measured with bf16 and with fp32. */
const operationsPerCore = 70e9;
const stepsPerEpoch = 250 + 50 / 3;

export interface TrainingCost {
  /** On the processor. */
  memoryBytes: number;
  /** By nnU-Net's own estimate, which plans are made with; absent for networks of others. */
  gpuGigabytes?: number;
  /** Of nnU-Net's 250 steps and 50 validation steps, on a processor. */
  secondsPerEpoch: number;
  /** Of a fold's checkpoints together. */
  checkpointBytes: number;
  /** About so many numbers are learned. */
  weights: number;
}

type Planned = Pick<Model, 'configuration' | 'labels'>;

/** @param cores  of the processor that trains */
export function trainingCost(plans: Plans, model: Planned, cores: number): TrainingCost {
  const preset = presetOf(plans, model.configuration);
  const gpu = preset && trainingGigabytes(model.configuration, preset, model.labels.numDeclaredLabels);
  return {
    memoryBytes: trainingBytes(model),
    ...(gpu !== undefined && { gpuGigabytes: gpu }),
    secondsPerEpoch: secondsPerEpoch(model, cores),
    checkpointBytes: checkpointBytes(model),
    weights: weightCount(model),
  };
}

export function secondsPerEpoch(model: Planned, cores: number): number {
  return (trainingStepOperations(model) * stepsPerEpoch) / (operationsPerCore * cores);
}
