/** Which images a folder to predict holds, and of which case each is. */
import { join } from 'node:path';
import { type ChannelExpectation, groupByChannel } from './channelFiles';
import { fileNamesIn } from './rawDataset';
import { imageEndings, splitEnding } from '../images/endings';

export async function listPredictable(folder: string): Promise<string[]> {
  return (await fileNamesIn(folder))
    .filter((name) => imageEndings.includes(splitEnding(name).ending.toLowerCase()))
    .sort()
    .map((name) => join(folder, name));
}

/** By case, the image that its mask is shown over; the cases are those that a prediction of these files makes. */
export function firstImages(files: readonly string[], channels: ChannelExpectation): Map<string, string> {
  const cases = groupByChannel(files, channels, (file) => splitEnding(file).ending);
  // Pictures that hold all channels are cases of their own, whatever number ends their names.
  const single = files.map((file): [string, string] => [splitEnding(file).stem, file]);
  return new Map([...single, ...cases.map(({ id, files: [first] }): [string, string] => [id, first!])]);
}
