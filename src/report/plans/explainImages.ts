/** Why are intensities and images prepared so, and what is the loss taken over? */
import { t } from '@vscode/l10n';
import { channelNames } from '../../method/datasetJson';
import type { IntensityProperties } from '../../method/normalization';
import { threeDigits } from '../../words/quantities';
import type { Choice, Explained } from './explained';

export function explainNormalization({ configuration, plans, datasetJson, fingerprint }: Explained): Choice {
  const { normalization_schemes: schemes, use_mask_for_norm: masks } = configuration;
  const names = datasetJson ? channelNames(datasetJson) : [];
  const channels = schemes.map((scheme, at) => {
    const statistics = plans.foreground_intensity_properties_per_channel[String(at)];
    const words = schemeWords(scheme, statistics, masks[at] ?? false);
    return schemes.length > 1 || names[at] !== undefined ? t('{0}: {1}', names[at] ?? String(at), words) : words;
  });
  const why = [
    ...channels,
    t(
      'The scheme follows from the name of the channel in dataset.json: "CT" stands for Hounsfield units, other names for intensities without a unit.',
    ),
  ];
  const isMasked = masks.some(Boolean);
  if (isMasked && fingerprint) {
    why.push(t('As cropping cut off more than a quarter of the images, only what is inside of the body is looked at.'));
  }
  return { topic: t('Intensities'), choice: [...new Set(schemes)].join(', '), why };
}

function schemeWords(scheme: string, statistics: IntensityProperties | undefined, isMasked: boolean): string {
  switch (scheme) {
    case 'CTNormalization':
      return statistics
        ? t(
            'cut to {0} … {1}, between which 99 % of the voxels within labels lie; then {2} is taken away, and the rest divided by {3}: their mean and deviation.',
            threeDigits(statistics.percentile_00_5),
            threeDigits(statistics.percentile_99_5),
            threeDigits(statistics.mean),
            threeDigits(statistics.std),
          )
        : t('cut to the range within labels, then their mean taken away and divided by their deviation.');
    case 'ZScoreNormalization':
      return isMasked
        ? t('each image by its own mean and deviation within the body.')
        : t('each image by its own mean and deviation.');
    case 'RescaleTo01Normalization':
      return t('each image from its least to its greatest value.');
    case 'RGBTo01Normalization':
      return t('divided by 255.');
    case 'NoNormalization':
      return t('left as it is.');
    default:
      return scheme;
  }
}

/** Above this, slices are resampled one by one. */
const anisotropy = 3;

export function explainResampling({ configuration }: Explained): Choice {
  const { spacing, resampling_fn_data_kwargs: kwargs } = configuration;
  const isSeparate = spacing.length === 3 && Math.max(...spacing) / Math.min(...spacing) > anisotropy;
  return {
    topic: t('Resampling'),
    choice: t(
      'images by splines of order {0}, labels by order {1}',
      kwargs.order ?? 3,
      configuration.resampling_fn_seg_kwargs.order ?? 1,
    ),
    why: [
      isSeparate || spacing.length === 2
        ? t(
            'Slices are resampled one by one, and taken from the nearest one across: interpolating over long voxels makes up what is not there.',
          )
        : t(
            'In three dimensions; an image whose own voxels are more than three times as long along one axis is resampled slice by slice.',
          ),
    ],
  };
}

export function explainLoss({ configuration }: Explained): Choice {
  return {
    topic: t('Loss'),
    choice: configuration.batch_dice
      ? t('Dice and cross-entropy; Dice of the whole batch')
      : t('Dice and cross-entropy; Dice of each patch'),
    why: [
      configuration.batch_dice
        ? t('A patch is a small part of an image, in which labels may be missing: their Dice is taken over the batch.')
        : t('A patch sees enough of an image to have its labels: the Dice is taken of each.'),
    ],
  };
}
