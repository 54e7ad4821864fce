/** What an assistant is told when it asks what to train: the configurations, which is recommended and why, time and memory. */
import { JobStore } from '../jobs/store';
import { defaultPlansName } from '../pipeline/plan';
import { configurationChoices } from '../runs/configurationChoices';
import type { ConfigurationChoice } from '../runs/configurationFacts';
import { configurationDetail, fullEpochs, lengthChoices, roughDuration } from '../runs/trainingChoices';
import type { Answer, Call } from './call';

export async function recommendConfiguration(
  call: Call,
  { dataset: reference, plans = defaultPlansName }: { dataset: string; plans?: string },
): Promise<Answer> {
  const dataset = await call.dataset(reference);
  const earlier = JobStore.read(call.roots.results).then(({ trainings }) => trainings);
  const choices = await configurationChoices(dataset, { plans, device: 'auto', earlier });
  const lines = choices.map((choice) => {
    const detail = configurationDetail(choice);
    return `${choice.name}${choice.isRecommended ? ' (recommended)' : ''}: ${choice.why}${detail ? `. ${detail}` : ''}`;
  });
  const best = choices.find(({ isRecommended }) => isRecommended);
  const lengths = lengthChoices(best).map(({ label, description }) => `${label}: ${description}`);
  return {
    text: [`What can be trained of ${dataset.folderName}:`, ...lines, '', 'How long:', ...lengths].join('\n'),
    data: {
      dataset: dataset.folderName,
      plans,
      isPlanned: choices.every(({ isLikely }) => !isLikely),
      configurations: choices.map(factsFor),
      lengths,
    },
  };
}

function factsFor({
  name,
  isRecommended,
  why,
  patchSize,
  batchSize,
  memoryBytes,
  secondsPerEpoch,
  isMeasured,
  previousStage,
}: ConfigurationChoice) {
  return {
    name,
    isRecommended,
    why,
    ...(patchSize.length > 0 && { patchSize }),
    ...(batchSize !== undefined && { batchSize }),
    ...(memoryBytes !== undefined && { memoryBytes: Math.round(memoryBytes) }),
    ...(secondsPerEpoch !== undefined && {
      secondsPerEpoch: Math.round(secondsPerEpoch),
      timeIs: isMeasured ? 'measured in earlier trainings here' : 'estimated for the processor',
      fullTraining: roughDuration(secondsPerEpoch * fullEpochs),
    }),
    ...(previousStage !== undefined && { trainedFirst: previousStage }),
  };
}
