/** A dataset's plans made those of another one, so that a network trained on the first can be fine-tuned on the second. */
import { PlansError } from './errors';
import { keysInFileOrder } from './jsonReader';
import type { JsonObject } from './jsonShape';
import { placesOf } from './matchedNames';
import { normalizationScheme, usesMaskForNormalization, type IntensityProperties } from './normalization';
import type { Plans } from './plans';

export interface MovedPlansTarget {
  datasetName: string;
  plansName: string;
  reader: string;
  channels: readonly string[];
  /** Of the dataset, where it was measured. */
  measured?: {
    foreground_intensity_properties_per_channel: Readonly<Record<string, IntensityProperties>>;
    median_relative_size_after_cropping: number;
  };
}

/**
 * @param channels  of the dataset that the plans are of; undefined where nothing tells: as many, in the same order
 * @returns the plans with another name and reader; where the channels differ, each is normalised as its namesake, or as its own name says
 * @throws PlansError `channel-not-measured`
 * Source: nnU-Net 2.8.1, plans_for_pretraining/move_plans_between_datasets.py, which leaves the channels as they are
 */
export function movedPlans(plans: Plans, channels: readonly string[] | undefined, target: MovedPlansTarget): Plans {
  const places = placesOf(target.channels, channels ?? target.channels);
  const isAlike = places.length === (channels ?? places).length && places.every((place, index) => place === index);
  const configurations = Object.fromEntries(
    keysInFileOrder(plans.configurations).map((name) => {
      const own = { ...plans.configurations[name]! };
      const { data_identifier: identifier } = own;
      if (typeof identifier === 'string')
        own.data_identifier = movedIdentifier(identifier, plans.plans_name, target.plansName);
      return [name, isAlike ? own : withChannels(own, places, target)];
    }),
  );
  return {
    ...plans,
    dataset_name: target.datasetName,
    plans_name: target.plansName,
    image_reader_writer: target.reader,
    configurations,
    ...(!isAlike && { foreground_intensity_properties_per_channel: intensities(plans, places, target) }),
  };
}

function movedIdentifier(identifier: string, from: string, to: string): string {
  if (from === to) return identifier;
  return identifier.startsWith(from) ? to + identifier.slice(from.length) : `${to}_${identifier}`;
}

function withChannels(configuration: JsonObject, places: readonly number[], target: MovedPlansTarget): JsonObject {
  const { normalization_schemes: schemes, use_mask_for_norm: masks } = configuration;
  if (!Array.isArray(schemes) || !Array.isArray(masks)) return configuration;
  const relativeSize = target.measured?.median_relative_size_after_cropping ?? 1;
  const ownScheme = (channel: number) => normalizationScheme(target.channels[channel]!);
  return {
    ...configuration,
    normalization_schemes: places.map((place, channel) =>
      place >= 0 ? (schemes[place] as string) : ownScheme(channel),
    ),
    use_mask_for_norm: places.map((place, channel) =>
      place >= 0 ? (masks[place] as boolean) : usesMaskForNormalization(ownScheme(channel), relativeSize),
    ),
  };
}

function intensities(
  plans: Plans,
  places: readonly number[],
  target: MovedPlansTarget,
): Plans['foreground_intensity_properties_per_channel'] {
  const measured = target.measured?.foreground_intensity_properties_per_channel;
  const entries = places.map((place, channel): [string, IntensityProperties] => {
    const found = place >= 0 ? plans.foreground_intensity_properties_per_channel[place] : measured?.[channel];
    if (found) return [String(channel), found];
    throw new PlansError(
      'channel-not-measured',
      `The plans do not know the channel "${target.channels[channel]}" of ${target.datasetName}, and it was not measured yet`,
      { hint: `Measure it first with "nnunet plan ${target.datasetName}".` },
    );
  });
  return Object.fromEntries(entries);
}
