import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { augmentationPlan } from '../../../src/method/augmentationPlan';
import {
  distinctSettings,
  learningRates,
  oversamplingProbability,
  requireTrainer,
  settingsWith,
  trainerClass,
  trainerFor,
  trainerNames,
} from '../../../src/method/trainerVariants';
import { repositoryRoot } from '../../shared';

interface ClassGeometry {
  rotationDegrees: number;
  dummy2d: boolean;
  initialPatchSize: number[];
  mirrorAxes: number[] | null;
  inferenceAxes: number[] | null;
}

/** Written by test/parity/trainer_classes.py with nnU-Net 2.8.1. */
interface ClassFacts {
  unusable?: string;
  epochs: number;
  deepSupervision: boolean;
  oversampling: [isProbability: boolean, share: number];
  geometry: Record<'thick' | 'thin' | 'flat', ClassGeometry>;
  labelInterpolation: string | null;
  norms: string[];
  optimizer: [name: string, amsgrad: boolean, learningRate: number];
  scheduler: string;
  warmup: number;
  loss: [name: string, smooth: number | null, k: number | null, smoothing: number | null];
}

const facts = JSON.parse(
  readFileSync(join(repositoryRoot, 'test', 'unit', 'method', 'trainerClasses.json'), 'utf8'),
) as Record<string, ClassFacts>;

const patches = { thick: [32, 40, 40], thin: [8, 40, 40], flat: [40, 40] };
const batchSize = 7;

/** nnU-Net's words for our settings. */
const optimizers = {
  sgd: ['SGD', false],
  adam: ['Adam', false],
  adamw: ['AdamW', false],
  amsgrad: ['AdamW', true],
} as const;
const losses = {
  'dice-ce': ['DC_and_CE_loss', 1e-5, null, 0],
  dice: ['MemoryEfficientSoftDiceLoss', 1e-5, null, null],
  ce: ['RobustCrossEntropyLoss', null, null, 0],
  'dice-ce-no-smooth': ['DC_and_CE_loss', 0, null, 0],
  topk: ['TopKLoss', null, 10, 0],
  'topk-smoothed': ['TopKLoss', null, 10, 0.1],
  'dice-topk': ['DC_and_topk_loss', 1e-5, 10, 0],
} as const;

describe("nnU-Net's trainer classes", () => {
  for (const name of trainerNames) {
    it(`are known with what they do: ${name}`, () => {
      const real = facts[name];
      assert.ok(real && real.unusable === undefined, `${name} is no class of nnU-Net`);
      const { settings, epochs = 1000 } = trainerClass(name)!;
      const { optimizer = 'sgd', loss = 'dice-ce', oversampling } = settings;
      assert.equal(epochs, real.epochs);
      assert.deepEqual([...optimizers[optimizer], settings.learningRate ?? learningRates[optimizer]], real.optimizer);
      assert.equal(settings.policy === 'cosine', real.scheduler === 'CosineAnnealingLR');
      assert.equal(settings.warmupEpochs ?? 0, real.warmup);
      assert.deepEqual(losses[loss], real.loss);
      assert.equal(settings.deepSupervision ?? true, real.deepSupervision);
      const share = oversampling === undefined ? 0.33 : oversamplingProbability(oversampling, batchSize);
      assert.deepEqual([oversampling !== undefined, share], real.oversampling);
      assert.equal(settings.normalization === 'batch', real.norms.includes('BatchNorm3d'));
      for (const [kind, patch] of Object.entries(patches) as [keyof typeof patches, number[]][]) {
        const plan = augmentationPlan(patch, settings);
        const { mirrorAxes, inferenceAxes, ...geometry }: ClassGeometry = real.geometry[kind];
        const ours = {
          rotationDegrees: plan.rotationDegrees,
          dummy2d: plan.dummy2d,
          initialPatchSize: plan.initialPatchSize,
        };
        assert.deepEqual(ours, geometry, kind);
        assert.deepEqual([plan.mirrorAxes, plan.mirrorAxes], [mirrorAxes ?? [], inferenceAxes ?? []], kind);
        assert.equal(plan.enabled, real.labelInterpolation !== null);
        assert.equal(plan.strong, name.includes('DA5'));
        assert.equal(plan.nearestLabels, real.labelInterpolation === 'nearest');
      }
    });
  }

  it('are all known, but for those that are refused by name', () => {
    const refused = Object.keys(facts).filter((name) => !trainerNames.includes(name));
    for (const name of refused) {
      assert.match(name, /Adan|Benchmark|DA5ord0/);
      assert.throws(() => requireTrainer(name), { code: 'trainer-unknown', message: new RegExp(name) });
    }
  });

  it('are found by their settings, whatever the length', () => {
    for (const name of trainerNames) {
      const { settings, epochs } = trainerClass(name)!;
      const found = trainerFor(settings);
      assert.equal(found.isExact, true);
      if (epochs === undefined) assert.equal(found.name, name);
      else assert.equal(trainerClass(found.name)!.epochs, undefined);
    }
  });

  it('keep their names where what is asked for besides is what they do', () => {
    assert.deepEqual(trainerFor({}, 'nnUNetTrainer_250epochs'), { name: 'nnUNetTrainer_250epochs', isExact: true });
    assert.deepEqual(trainerFor({ loss: 'dice-ce', mirroring: 'none' }, 'nnUNetTrainer_250epochs_NoMirroring'), {
      name: 'nnUNetTrainer_250epochs_NoMirroring',
      isExact: true,
    });
    assert.deepEqual(trainerFor({ mirroring: 'all' }, 'nnUNetTrainerNoMirroring'), {
      name: 'nnUNetTrainer',
      isExact: true,
    });
  });

  it('lend their name to nothing that they do not do, but for the network', () => {
    assert.deepEqual(trainerFor({ loss: 'dice', mirroring: 'none' }), { name: 'nnUNetTrainer', isExact: false });
    assert.deepEqual(trainerFor({ loss: 'dice' }, 'nnUNetTrainerNoMirroring'), {
      name: 'nnUNetTrainer',
      isExact: false,
    });
    assert.deepEqual(settingsWith('nnUNetTrainerNoMirroring', { loss: 'dice' }), { loss: 'dice', mirroring: 'none' });
    assert.deepEqual(trainerFor({ loss: 'dice', normalization: 'batch' }), { name: 'nnUNetTrainerBN', isExact: false });
    assert.equal(trainerFor({ optimizer: 'sgd', learningRate: 0.005 }).isExact, false);
  });

  it('differ from the plain one in nothing that it does too', () => {
    assert.deepEqual(distinctSettings({ optimizer: 'sgd', learningRate: 0.01, mirroring: 'all', warmupEpochs: 0 }), {});
    assert.deepEqual(distinctSettings({ optimizer: 'amsgrad', learningRate: 0.001 }), { optimizer: 'amsgrad' });
    assert.deepEqual(distinctSettings({ augmentation: 'none', mirroring: 'first-two' }), { augmentation: 'none' });
  });
});
