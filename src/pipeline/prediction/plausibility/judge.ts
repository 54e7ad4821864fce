/** Is it plausible that a model can segment this image? Says nothing where it may be: false alarms are worse than silence. */
import { channelFindings } from './channelFindings';
import type { Finding } from './finding';
import { gridFindings } from './gridFindings';
import type { ImageFacts } from './imageFacts';
import { intensityFindings } from './intensityFindings';
import type { TrainingFacts } from './trainingFacts';

/** @param isPart  only a region of the image is predicted */
export function judge(image: ImageFacts, training: TrainingFacts, isPart = false): Finding[] {
  const channels = channelFindings(image, training);
  if (channels.some(({ weight }) => weight === 'refuse')) return channels;
  const grid = channels.length > 0 ? [] : gridFindings(image, training, isPart);
  return [...channels, ...grid, ...intensityFindings(image, training)];
}
