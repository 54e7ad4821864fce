/** Whether a configuration, perhaps edited by hand, describes a network that can be built and fed. */
import { PlansError } from './errors';
import { isNumberList, isWholeNumber, show } from './jsonShape';
import { networkClassOf, type ArchKwargs, type Architecture } from './networkPlan';
import { product } from './rounding';

/** The parts of a configuration that must fit each other. */
interface DependentParts {
  patch_size: number[];
  median_image_size_in_voxels: number[];
  spacing: number[];
  normalization_schemes: string[];
  use_mask_for_norm: boolean[];
  architecture: Architecture;
}

/**
 * Checks that the parts of a configuration fit each other: as many axes everywhere, as many entries as stages, a patch
 * that can be halved as often as the strides say.
 * Networks of unknown classes are left alone.
 * @param where named in errors
 * @param name of the configuration, for the errors' key path
 * @throws PlansError configuration-axes, configuration-channels, configuration-spacing, architecture-stages,
 *   architecture-kernels, patch-size-invalid, patch-not-divisible
 */
export function checkConfiguration(configuration: DependentParts, where: string, name: string): void {
  const check = new ConfigurationCheck(configuration, where, name);
  check.geometry();
  check.channels();
  const networkClass = networkClassOf(configuration.architecture);
  if (networkClass === 'PlainConvUNet') check.network('n_conv_per_stage');
  if (networkClass === 'ResidualEncoderUNet') check.network('n_blocks_per_stage');
}

/** Per axis, what the patch must be a multiple of: the product of the strides. */
export function patchDivisor(strides: readonly (readonly number[])[]): number[] {
  return strides[0]!.map((_, axis) => product(strides.map((stride) => stride[axis]!)));
}

/** The patch nearest to `patchSize` that the strides allow, at least one multiple per axis. */
export function nearestValidPatch(patchSize: readonly number[], strides: readonly (readonly number[])[]): number[] {
  const divisor = patchDivisor(strides);
  return patchSize.map((voxels, axis) => Math.max(1, Math.round(voxels / divisor[axis]!)) * divisor[axis]!);
}

class ConfigurationCheck {
  constructor(
    private readonly configuration: DependentParts,
    private readonly where: string,
    private readonly name: string,
  ) {}

  geometry(): void {
    const { patch_size: patch, spacing, median_image_size_in_voxels: median } = this.configuration;
    const dims = patch.length;
    for (const [key, value] of Object.entries({ spacing, median_image_size_in_voxels: median })) {
      // nnU-Net's 2D plans have two entries here, but three (with the slice axis) do no harm.
      if (value.length === dims || (dims === 2 && value.length === 3)) continue;
      const message = `patch_size has ${dims} axes, but ${key} has ${value.length}`;
      this.fail('configuration-axes', [key], message, `Give ${dims} numbers, in the same order.`);
    }
    if (!patch.every((voxels) => isWholeNumber(voxels) && voxels > 0)) {
      const message = `patch_size must be whole numbers above 0, but it is ${show(patch)}`;
      this.fail('patch-size-invalid', ['patch_size'], message, 'Correct it, or plan again.');
    }
    if (!spacing.every((mm) => mm > 0 && Number.isFinite(mm))) {
      const message = `spacing must be lengths in mm above 0, but it is ${show(spacing)}`;
      this.fail('configuration-spacing', ['spacing'], message, 'Correct it, or plan again.');
    }
  }

  channels(): void {
    const { normalization_schemes: schemes, use_mask_for_norm: masks } = this.configuration;
    if (schemes.length === masks.length) return;
    const message = `There are ${schemes.length} normalization schemes, but use_mask_for_norm has ${masks.length} entries`;
    this.fail('configuration-channels', ['use_mask_for_norm'], message, 'Give one entry per channel.');
  }

  network(depthKey: 'n_conv_per_stage' | 'n_blocks_per_stage'): void {
    const { arch_kwargs: kwargs } = this.configuration.architecture;
    this.stages(kwargs, depthKey);
    this.operations(kwargs);
    this.kernels(kwargs);
    this.patch(kwargs);
  }

  private stages(kwargs: ArchKwargs, depthKey: string): void {
    const { n_stages: stages } = kwargs;
    if (!isWholeNumber(stages) || stages < 1) {
      this.failNetwork('architecture-stages', 'n_stages', `n_stages must be 1 or more, but it is ${show(stages)}`);
    }
    const lengths: [string, number][] = [
      ['features_per_stage', stages],
      ['kernel_sizes', stages],
      ['strides', stages],
      [depthKey, stages],
      ['n_conv_per_stage_decoder', stages - 1],
    ];
    for (const [key, length] of lengths) {
      const list = kwargs[key];
      if (Array.isArray(list) && list.length === length) continue;
      const found = Array.isArray(list) ? `${list.length}` : show(list);
      const message = `${key} must have ${length} entries for ${stages} stages, but has ${found}`;
      this.failNetwork('architecture-stages', key, message);
    }
    for (const key of ['features_per_stage', depthKey, 'n_conv_per_stage_decoder']) {
      const list = kwargs[key] as unknown[];
      if (list.every((entry) => isWholeNumber(entry) && entry > 0)) continue;
      this.failNetwork('architecture-stages', key, `${key} must be whole numbers above 0, but it is ${show(list)}`);
    }
  }

  private operations(kwargs: ArchKwargs): void {
    const dims = this.configuration.patch_size.length;
    if (kwargs.conv_op?.endsWith(`Conv${dims}d`)) return;
    const message = `patch_size has ${dims} axes, but conv_op is ${show(kwargs.conv_op)}`;
    this.failNetwork('configuration-axes', 'conv_op', message);
  }

  private kernels(kwargs: ArchKwargs): void {
    const dims = this.configuration.patch_size.length;
    for (const key of ['kernel_sizes', 'strides'] as const) {
      kwargs[key].forEach((entry, stage) => {
        if (isNumberList(entry, dims) && entry.every((size) => isWholeNumber(size) && size > 0)) return;
        const message = `${key} of stage ${stage} must be ${dims} whole numbers above 0, but it is ${show(entry)}`;
        this.failNetwork('architecture-kernels', key, message);
      });
    }
    const even = kwargs.kernel_sizes.findIndex((kernel) => kernel.some((size) => size % 2 === 0));
    if (even < 0) return;
    const message = `kernel_sizes must be odd, but stage ${even} has ${show(kwargs.kernel_sizes[even])}`;
    this.failNetwork('architecture-kernels', 'kernel_sizes', message);
  }

  private patch(kwargs: ArchKwargs): void {
    const patch = this.configuration.patch_size;
    const divisor = patchDivisor(kwargs.strides);
    if (patch.every((voxels, axis) => voxels % divisor[axis]! === 0)) return;
    const message = `The patch size ${patch.join(' x ')} can't be divided by the network's strides, ${divisor.join(' x ')}`;
    const nearest = nearestValidPatch(patch, kwargs.strides).join(' x ');
    this.fail('patch-not-divisible', ['patch_size'], message, `Nearest patch size that fits: ${nearest}.`);
  }

  private failNetwork(code: string, key: string, message: string): never {
    return this.fail(code, ['architecture', 'arch_kwargs', key], message, 'Correct the architecture, or plan again.');
  }

  private fail(code: string, keys: string[], message: string, hint: string): never {
    const keyPath = ['configurations', this.name, ...keys];
    throw new PlansError(code, message, { where: this.where, keyPath, hint });
  }
}
