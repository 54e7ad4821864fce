/** The questions of "Find the Best Model": on which device, which configurations, how long. */
import { t } from '@vscode/l10n';
import type { CrossValidationPart, CrossValidationQuestion } from '../../jobs/missingTrainings';
import { formatDuration } from '../../runs/duration';
import type { ConfigurationCosts } from '../../runs/expectedCost';
import { configurationDetail, fullEpochs, parseLength, type TrainingLength } from '../../runs/trainingChoices';
import { counted } from '../../words/counted';
import { line } from '../wizard/line';
import { oneOf, severalOf, type ListItem } from '../wizard/list';
import type { Asker, Question } from '../wizard/walk';

export interface AboutConfigurations {
  /** All that can be compared, before a length is chosen. */
  question: CrossValidationQuestion;
  parts: readonly CrossValidationPart[];
  costs: ConfigurationCosts;
}

/** Where there is but one, nothing is asked. @param current  as the settings say */
export function deviceQuestion(devices: readonly string[], current: string): Question<string> {
  const names = devices.length > 1 ? ['auto', ...devices] : ['auto'];
  const items = [current, ...names.filter((name) => name !== current)].map((name): ListItem<string> => ({
    label: name,
    description: [
      name === current ? t('as the settings say') : '',
      name === 'auto' ? t('the fastest one that is free') : '',
    ]
      .filter(Boolean)
      .join(' · '),
    value: name,
  }));
  const shown = devices.length > 1 ? items : items.slice(0, 1);
  return oneOf({ placeholder: t('On which device?'), items: () => shown, takesOnly: true });
}

export function configurationsQuestion({ question, parts, costs }: AboutConfigurations): Question<string[]> {
  const items = question.configurations.map((name): ListItem<string> => {
    const choice = costs.choices.find((one) => one.name === name);
    const { ready, missing, resumed } = parts.find(({ configuration }) => configuration === name)!;
    return {
      label: name,
      description: [trainedWords(ready.length, missing.length, resumed), choice?.why ?? ''].filter(Boolean).join(' · '),
      detail: choice && configurationDetail(choice),
      picked: true,
      value: name,
    };
  });
  return severalOf({ placeholder: t('Which configurations shall be compared?'), items: () => items });
}

/** "3 of 5 folds are trained, 1 was stopped and goes on" */
function trainedWords(ready: number, missing: number, resumed: number): string {
  const all = ready + missing;
  const trained =
    missing === 0 ? t('{0} trained', counted(all, 'fold')) : t('{0} of {1} trained', ready, counted(all, 'fold'));
  return resumed === 0 ? trained : t('{0}, {1} of the rest begun', trained, resumed);
}

const custom = 'custom';

export async function askLength(
  asker: Asker,
  missing: number,
  parts: readonly CrossValidationPart[],
  costs: ConfigurationCosts,
): Promise<TrainingLength> {
  const answer = await asker.ask(
    'length',
    oneOf({ placeholder: lengthPlaceholder(missing), items: () => lengthItems(missing, fullSeconds(parts, costs)) }),
  );
  if (answer !== custom) return answer;
  const text = line({
    prompt: t('Number of epochs of each training (300), or length of time for all of them together (8h, 2d)'),
    validate: problemOf,
  });
  return parseLength(await asker.ask('custom length', text, 'same'));
}

function lengthPlaceholder(missing: number): string {
  return t('How long? {0} missing', counted(missing, 'training'));
}

function lengthItems(missing: number, seconds: number | undefined): ListItem<TrainingLength | typeof custom>[] {
  const budget = (label: string, hours: number): ListItem<TrainingLength> => ({
    label,
    description: t(
      '{0} for all together, about {1} each',
      formatDuration(hours * 3600),
      formatDuration((hours * 3600) / missing),
    ),
    value: { budgetSeconds: hours * 3600 },
  });
  return [
    budget(t('Overnight'), 10),
    budget(t('A weekend'), 60),
    budget(t('A few hours'), 3),
    {
      label: t('Full training: {0} each', counted(fullEpochs, 'epoch')),
      description:
        seconds === undefined
          ? t('as nnU-Net trains')
          : t('as nnU-Net trains; about {0} on this machine', formatDuration(seconds)),
      value: { epochs: fullEpochs },
    },
    {
      label: t('Custom…'),
      description: t('a number of epochs of each, or a length of time for all'),
      value: custom,
    },
  ];
}

/** Of all that are missing; undefined where that of one is not known. */
function fullSeconds(parts: readonly CrossValidationPart[], { choices }: ConfigurationCosts): number | undefined {
  let sum = 0;
  for (const { configuration, missing } of parts) {
    const perEpoch = choices.find(({ name }) => name === configuration)?.secondsPerEpoch;
    if (missing.length > 0 && perEpoch === undefined) return undefined;
    sum += missing.length * (perEpoch ?? 0) * fullEpochs;
  }
  return sum;
}

function problemOf(text: string): string | undefined {
  try {
    parseLength(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
