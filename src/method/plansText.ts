/** The text of a plans file, as nnU-Net writes it. */
import { keysInFileOrder } from './jsonReader';
import type { JsonObject } from './jsonShape';
import { writtenForm } from './jsonWrittenForm';
import { pyFloat, stringifyJson } from './jsonWriter';
import type { Plans } from './plans';

/**
 * Text of a plans file, byte for byte what nnU-Net writes for planned configurations. Numbers of configurations that
 * were read from a file keep the form they had there.
 */
export function plansToJson(plans: Plans): string {
  const configurations = keysInFileOrder(plans.configurations).map((name) => {
    return [name, withFloats(plans.configurations[name]!, name)] as const;
  });
  return stringifyJson({
    ...plans,
    original_median_spacing_after_transp: pyFloat(plans.original_median_spacing_after_transp),
    configurations: Object.fromEntries(configurations),
    foreground_intensity_properties_per_channel: pyFloat(plans.foreground_intensity_properties_per_channel),
  });
}

/** Marks lengths as floats, and the median size too, except for 3d_lowres, whose median nnU-Net rounds. */
function withFloats(configuration: JsonObject, name: string): JsonObject {
  const result = { ...configuration };
  const keys = name === '3d_lowres' ? ['spacing'] : ['spacing', 'median_image_size_in_voxels'];
  for (const key of keys) {
    const value = result[key];
    if (Array.isArray(value) && !writtenForm(value)) result[key] = pyFloat(value);
  }
  return result;
}
