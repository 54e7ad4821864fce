/** Plans a dataset with the planner that the person chooses, and prepares its cases for training. */
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import { countedAre } from '../../words/counted';
import { plannerPresets, type PlannerName } from '../../method/planner/presets';
import { getConfiguration, type Plans } from '../../method/plans';
import { offer } from '../messages';
import type { Services } from '../services';
import { runJob } from '../progress/jobProgress';
import { type DatasetArgument, pickDataset, placeOf } from '../explorer/pick';
import { oneOf, severalOf } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker, Question } from '../wizard/walk';

export async function planAndPreprocessCommand(services: Services, argument: DatasetArgument): Promise<void> {
  const title = vscode.l10n.t('Plan and Preprocess');
  await askThen(
    { id: `nnunet.planAndPreprocess ${placeOf(argument)}`, title, steps: 3 },
    (asker) => questions(services, asker, argument),
    (prepared) => preprocess(services, prepared),
  );
}

interface Prepared {
  dataset: DatasetReference;
  plans: string;
  configurations: readonly string[];
}

async function questions(services: Services, asker: Asker, argument: DatasetArgument): Promise<Prepared> {
  const dataset = await pickDataset(services, asker, argument, { where: 'raw' });
  const planner = await asker.ask('planner', plannerQuestion(services, dataset));
  const plans =
    planner.keep ?? (await asker.once(`plan ${planner.name}`, () => planWith(services, dataset, planner.name)));
  if (typeof argument === 'object' && argument.kind === 'configuration')
    return { dataset, plans, configurations: [argument.configuration] };
  const configurations = await asker.ask('configurations', configurationsQuestion(services, dataset.folderName, plans));
  return { dataset, plans, configurations };
}

async function preprocess(services: Services, { dataset, plans, configurations }: Prepared): Promise<void> {
  for (const configuration of configurations) {
    const what = vscode.l10n.t('Preprocessing {0}, {1}', dataset.folderName, configuration);
    const request = { ...datasetRequest(dataset), configuration, plans };
    const { cases, preprocessed } = await runJob(services, { kind: 'preprocess', request, title: what });
    offer(
      'information',
      vscode.l10n.t(
        '{0}, {1}: {2} ready for training ({3} new).',
        dataset.folderName,
        configuration,
        countedAre(cases, 'case'),
        preprocessed,
      ),
    );
  }
  services.catalog.refresh(dataset.folderName);
}

async function planWith(services: Services, dataset: DatasetReference, planner: PlannerName): Promise<string> {
  const request = { ...datasetRequest(dataset), planner };
  const title = vscode.l10n.t('Planning {0}', dataset.folderName);
  const { plansName } = await runJob(services, { kind: 'plan', request, title });
  services.catalog.refresh(dataset.folderName);
  return plansName;
}

/** Plans that are there and stay, or a planner that makes new ones. */
type PlannerChoice = { keep: string } | { keep?: undefined; name: PlannerName };

function plannerQuestion({ catalog }: Services, dataset: DatasetReference): Question<PlannerChoice> {
  const explained: Partial<Record<PlannerName, [label: string, detail: string]>> = {
    default: [vscode.l10n.t('Plain U-Net'), vscode.l10n.t('For GPUs with 8 GB and for CPUs')],
    'resenc-m': [vscode.l10n.t('Residual encoder, medium'), vscode.l10n.t('About the same cost')],
    'resenc-l': [vscode.l10n.t('Residual encoder, large'), vscode.l10n.t('24 GB, the usual choice for best results')],
    'resenc-xl': [vscode.l10n.t('Residual encoder, extra large'), vscode.l10n.t('40 GB')],
  };
  const planners = Object.entries(explained).map(([name, [label, detail]]) => ({
    ...{ label, detail },
    description: plannerPresets[name as PlannerName].plansName,
    value: { name: name as PlannerName },
  }));
  return oneOf<PlannerChoice>({
    placeholder: vscode.l10n.t('Which planner?'),
    items: async () => {
      const existing = (await catalog.plans(dataset)).map(({ name }) => ({
        label: name,
        description: vscode.l10n.t('keep these plans'),
        value: { keep: name },
      }));
      return [...existing, ...planners];
    },
  });
}

function configurationsQuestion(services: Services, folderName: string, plansName: string): Question<string[]> {
  return severalOf({
    placeholder: vscode.l10n.t('Preprocess for which configurations?'),
    items: async () => {
      const plans = await plansNamed(services, folderName, plansName);
      const recommended = plans.configurations['3d_fullres'] ? '3d_fullres' : '2d';
      return Object.keys(plans.configurations).map((name) => {
        const { patch_size, batch_size } = getConfiguration(plans, name);
        return {
          label: name,
          description: vscode.l10n.t('patch {0}, batch {1}', patch_size.join('×'), batch_size),
          picked: name === recommended,
          value: name,
        };
      });
    },
  });
}

async function plansNamed({ catalog }: Services, folderName: string, plansName: string): Promise<Plans> {
  const dataset = await catalog.dataset(folderName);
  const file = dataset && (await catalog.plans(dataset)).find(({ name }) => name === plansName);
  if (file?.plans) return file.plans;
  throw file?.problem ?? new Error(vscode.l10n.t('The plans {0} are not there', plansName));
}
