/** Do the values of an image look like those that the model was trained on? */
import { basename } from 'node:path';
import { looksLikeCt } from '../../../images/valueKinds';
import type { IntensityProperties } from '../../../method/normalization';
import type { Finding } from './finding';
import type { ImageFacts } from './imageFacts';
import type { TrainingFacts } from './trainingFacts';

interface Channel {
  values: Float32Array;
  min: number;
  max: number;
  /** What the person calls it: "The image", or a file. */
  what: string;
  /** As the dataset names it. */
  name: string;
  scheme: string;
  trained: IntensityProperties | undefined;
  looksLikeCt: boolean;
  isLabelMap: boolean;
}

export function intensityFindings(image: ImageFacts, training: TrainingFacts): Finding[] {
  const samples = image.values?.channels ?? [];
  if (samples.length !== training.channelNames.length) return [];
  const channels = samples.flatMap((values, at) => {
    if (values.length === 0) return [];
    const [min, max] = rangeOf(values);
    return [
      {
        ...{ values, min, max },
        what: channelWords(image, at),
        name: training.channelNames[at]!,
        scheme: training.normalization[at]!,
        trained: training.intensities[at],
        looksLikeCt: looksLikeCt(values),
        isLabelMap: image.values!.areLabels[at]!,
      },
    ];
  });
  const swapped = swappedChannels(channels);
  return swapped ? [swapped] : channels.flatMap((channel) => findingOf(channel) ?? []);
}

function channelWords({ files, channels }: ImageFacts, at: number): string {
  if (channels === 1) return 'The image';
  return files.length === channels ? basename(files[at]!) : `Channel ${at}`;
}

/** The gravest only: one cause shows in several ways. */
function findingOf(channel: Channel): Finding | undefined {
  return (
    outOfColours(channel) ??
    emptyChannel(channel) ??
    maskForImage(channel) ??
    (isCt(channel) ? unlikeCt(channel) : (ctForOther(channel) ?? outsideOfTrained(channel)))
  );
}

const isCt = ({ scheme, name }: Channel): boolean => scheme === 'CTNormalization' || /^ct$/i.test(name.trim());

/** RGBTo01Normalization takes nothing else. */
function outOfColours({ scheme, min, max, what }: Channel): Finding | undefined {
  if (scheme !== 'RGBTo01Normalization' || (min >= 0 && max <= 255)) return undefined;
  return {
    code: 'rgb-out-of-range',
    weight: 'refuse',
    message: `${what} has values from ${short(min)} to ${short(max)}; the model takes colours from 0 to 255.`,
    advice: 'Save it with 8 bits for each colour.',
  };
}

function emptyChannel({ min, max, what, name }: Channel): Finding | undefined {
  if (min !== max) return undefined;
  return warning(
    'image-empty',
    `${what} has the value ${short(min)} nearly everywhere: nothing of ${imagesWords(name)} is seen in it.`,
    'Check that this is the right file.',
  );
}

/** Where the model was trained on images of few and small values themselves, these are no labels. */
function maskForImage({ isLabelMap, max, trained, what, name }: Channel): Finding | undefined {
  if (!isLabelMap || !trained || trained.max < 4 * max) return undefined;
  return warning(
    'mask-for-image',
    `${what} looks like a mask: it holds whole numbers up to ${short(max)} in patches; the model was trained on ${imagesWords(name)}.`,
    'Give the scan that the mask was drawn on.',
  );
}

const lowestCt = -1100;
/** No scan in Hounsfield units has values so close together. */
const narrowestCt = 100;

function unlikeCt({ values, min, max, what, trained }: Channel): Finding | undefined {
  if (!trained) return undefined;
  const { percentile_00_5: lowest } = trained;
  // Below air there is nothing in CT: the model was trained on something else.
  if (lowest < lowestCt) return undefined;
  // Where what is labelled has values below 0, the whole of a scan surely has.
  const hasNegative = lowest < -10;
  const isNarrow = max - min < Math.min(narrowestCt, 0.1 * (trained.percentile_99_5 - trained.percentile_00_5));
  if (!isNarrow && !(hasNegative && min >= 0)) return nothingOfTrained({ values, min, max, what, trained });
  const range = isNarrow
    ? `only from ${short(min)} to ${short(max)}`
    : `from ${short(min)} to ${short(max)}, none below 0`;
  // As scanners save them, with 1024 added; but MR may look like this, too.
  const mayBeShifted = !isNarrow && looksLikeCt(values.map((value) => value - 1024));
  return warning(
    'not-ct',
    `${what} does not look like CT: its values run ${range}; the model was trained on CT in Hounsfield units.`,
    mayBeShifted
      ? 'If it is CT, subtract 1024 from its values; else choose a model for this kind of image.'
      : 'Give a CT in Hounsfield units that was not normalised before, or choose a model for this kind of image.',
  );
}

/** Names that say that a channel is no CT; others ("image", "0") may be anything. */
const otherThanCt = /\b(t1\w*|t2\w*|flair|mri?|mr_\w+|mprage|dwi|adc|pd|swi|tof|dce|pet|us|ultrasound)\b/i;

function ctForOther({ looksLikeCt: isLikeCt, name, trained, what }: Channel): Finding | undefined {
  if (!isLikeCt || !otherThanCt.test(name.replaceAll('-', ' ')) || /ct/i.test(name)) return undefined;
  // What was trained on has values as low as fat and air in CT: the name may not tell the truth.
  if (trained && trained.min < -30 && trained.mean < 1000 && trained.std > 20) return undefined;
  return warning(
    'looks-like-ct',
    `${what === 'The image' ? 'This' : what} looks like CT, the model was trained on ${imagesWords(name)}.`,
    'Choose a model for CT, or give the image that this model is for.',
  );
}

/** Values that are normalised alike for all images must be those of the training; others may be in any unit. */
function outsideOfTrained({ scheme, trained, ...channel }: Channel): Finding | undefined {
  return trained && scheme === 'NoNormalization' ? nothingOfTrained({ ...channel, trained }) : undefined;
}

function nothingOfTrained({
  values,
  min,
  max,
  what,
  trained,
}: Pick<Channel, 'values' | 'min' | 'max' | 'what'> & { trained: IntensityProperties }): Finding | undefined {
  const { percentile_00_5: low, percentile_99_5: high } = trained;
  if (values.some((value) => value >= low && value <= high)) return undefined;
  return warning(
    'intensities-unlike',
    `${what} has values from ${short(min)} to ${short(max)}, but none from ${short(low)} to ${short(high)}, where in training everything was that the model segments.`,
    'Check that the image is of the right kind, and in the unit of the training images.',
  );
}

/** A CT where another kind of image belongs, and the other way round. */
function swappedChannels(channels: readonly Channel[]): Finding | undefined {
  const wantsCt = channels.find((channel) => isCt(channel) && unlikeCt(channel));
  const hasCt = channels.find((channel) => !isCt(channel) && channel.looksLikeCt);
  if (!wantsCt || !hasCt) return undefined;
  return warning(
    'channels-swapped',
    `${hasCt.what} looks like CT, and is given as ${hasCt.name}; ${wantsCt.what}, given as CT, does not: the channels seem to be in another order than in training.`,
    `Give them in this order: ${channels.map(({ name }) => name).join(', ')}.`,
  );
}

function rangeOf(values: Float32Array): [number, number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}

const imagesWords = (name: string): string =>
  /^\d+$/.test(name) ? 'scans' : /images?$/i.test(name) ? name : `${name} images`;

const short = (value: number): string => String(Number(value.toPrecision(4)));

function warning(code: string, message: string, advice: string): Finding {
  return { code, weight: 'warn', message, advice };
}
