/** What dataset.json and the names of the files say together about the number of training cases. */
import type { Finding } from '../findings';

/** A numTraining that is no number is a wrong one: said once, with the right number and where it stands. */
export function withOneCount(ofJson: readonly Finding[], ofFiles: readonly Finding[]): Finding[] {
  const unusable = ofJson.find(({ code }) => code === 'dataset-json-num-training');
  const counted = ofFiles.find(({ code }) => code === 'num-training');
  if (!unusable || !counted) return [...ofJson, ...ofFiles];
  const { line, column } = unusable;
  const place = line === undefined || column === undefined ? {} : { line, column };
  return [
    ...ofJson.filter((finding) => finding !== unusable),
    ...ofFiles.map((finding) => (finding === counted ? { ...counted, ...place } : finding)),
  ];
}
