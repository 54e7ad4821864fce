/** "More Options" of "Train nnU-Net": how the network is trained, and from which weights it begins. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RunRequest } from '../../../jobs/runFolder';
import { plannedModel } from '../../../jobs/trainingTarget';
import type { TrainerSettings } from '../../../method/trainerVariants';
import { describeStart } from '../../../pipeline/fineTuning';
import type { StartingWeights } from '../../../protocol/events';
import { joinedSettings, variantGroups } from '../../../runs/variantChoices';
import { trainedModels } from '../../explorer/pick';
import { offer } from '../../messages';
import { askFirst } from '../../notify';
import type { Services } from '../../services';
import { doubt } from '../../wizard/doubt';
import { opened } from '../../wizard/files';
import { oneOf, severalOf, type ListItem } from '../../wizard/list';
import type { Asker } from '../../wizard/walk';

export interface MoreOptions {
  settings: TrainerSettings;
  /** Checkpoint or model folder whose weights the training begins with. */
  from?: string;
}

/** What begins with other weights stands in the list beside the settings. */
const fineTune = 'fine-tune';
const file = 'file';

export async function askMore(services: Services, asker: Asker, dataset: string): Promise<MoreOptions> {
  const chosen = await asker.ask(
    'more options',
    severalOf<TrainerSettings | typeof fineTune>({
      placeholder: t('What should differ from nnU-Net? One of each kind'),
      items,
    }),
    'same',
  );
  const { settings, twice } = joinedSettings(chosen.filter((one) => one !== fineTune));
  await asker.ask(
    'once each',
    doubt(() => Promise.resolve(isOnce(twice))),
  );
  if (!chosen.includes(fineTune)) return { settings };
  return { settings, from: await askStart(services, asker, dataset) };
}

function items(): ListItem<TrainerSettings | typeof fineTune>[] {
  return [
    { label: t('Start'), kind: vscode.QuickPickItemKind.Separator },
    {
      label: t('From the weights of a trained model'),
      description: t('fine-tuning: labels and channels are matched by name'),
      value: fineTune,
    },
    ...variantGroups().flatMap(({ title, choices }) => [
      { label: title, kind: vscode.QuickPickItemKind.Separator },
      ...choices.map(({ label, description, settings }) => ({ label, description, value: settings })),
    ]),
  ];
}

function isOnce(twice: string | undefined): boolean {
  if (twice === undefined) return true;
  offer('warning', t('{0}: choose one.', twice));
  return false;
}

async function askStart(services: Services, asker: Asker, dataset: string): Promise<string> {
  const models = async (): Promise<ListItem<string>[]> => [
    ...(await trainedModels(services, dataset)).map(({ label, description, detail, model }) => ({
      ...{ label, description, detail, value: model.folder, key: model.folder },
    })),
    { label: t('A Checkpoint…'), description: t('a .pth or .safetensors file'), value: file },
  ];
  const chosen = await asker.ask('start', oneOf({ placeholder: t('Whose weights?'), items: models }));
  if (chosen !== file) return chosen;
  const [path] = await asker.ask(
    'checkpoint',
    opened({
      what: t('the checkpoint'),
      filters: { [t('Checkpoints')]: ['pth', 'safetensors'] },
      canSelectMany: false,
    }),
    'same',
  );
  return path!;
}

/** The last page of a fine-tuning: what is taken of the weights, and what is not. Without plans, the log tells it. */
export async function wantsWeights(request: RunRequest): Promise<boolean> {
  const { from } = request.options;
  const model = from === undefined ? undefined : await plannedModel(request);
  if (from === undefined || !model) return true;
  const start = t('Train');
  const told = startLines(await describeStart(from, model)).join('\n');
  return (
    (await askFirst('information', t('The training begins with the weights of another one.'), told, start)) === start
  );
}

function startLines({ checkpoint, epoch, outputs, channels }: StartingWeights): string[] {
  const list = (names: readonly string[]): string => names.join(', ');
  return [
    epoch === null ? checkpoint : t('{0}, after epoch {1}', checkpoint, epoch),
    outputs.taken.length > 0
      ? t('Outputs that are taken, by their names: {0}', list(outputs.taken))
      : t('No output has the name of one that was trained: they begin anew'),
    outputs.taken.length > 0 && outputs.fresh.length > 0 ? t('Outputs that begin anew: {0}', list(outputs.fresh)) : '',
    channels.taken.length > 0 ? t('Channels that are taken, by their names: {0}', list(channels.taken)) : '',
    channels.averaged.length > 0
      ? t('Channels that begin with the mean of the trained ones: {0}', list(channels.averaged))
      : '',
  ].filter(Boolean);
}
