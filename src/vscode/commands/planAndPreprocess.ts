/** Plans a dataset with the planner that the person chooses, and prepares its cases for training. */
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import { choose, chooseSeveral } from '../notify';
import { countedAre } from '../../words/counted';
import { plannerPresets, type PlannerName } from '../../method/planner/presets';
import { getConfiguration } from '../../method/plans';
import { offer } from '../messages';
import type { Services } from '../services';
import { runJob } from '../progress/jobProgress';
import { type DatasetArgument, pickDataset } from '../explorer/pick';

export async function planAndPreprocessCommand(services: Services, argument: DatasetArgument): Promise<void> {
  const { catalog } = services;
  const title = vscode.l10n.t('Plan and Preprocess');
  const dataset = await pickDataset(services, argument, { title, where: 'raw' });
  if (!dataset) return;
  const existing = await catalog.plans(dataset);
  const planner = await pickPlanner(
    title,
    existing.map(({ name }) => name),
  );
  if (!planner) return;
  const plansName = planner.keep ?? (await planWith(services, dataset, planner.name!));
  catalog.refresh(dataset.folderName);
  const configurations =
    typeof argument === 'object' && argument.kind === 'configuration'
      ? [argument.configuration]
      : await pickConfigurations(services, argument, dataset.folderName, plansName);
  for (const configuration of configurations ?? []) {
    const what = vscode.l10n.t('Preprocessing {0}, {1}', dataset.folderName, configuration);
    const request = { ...datasetRequest(dataset), configuration, plans: plansName };
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
  catalog.refresh(dataset.folderName);
}

async function planWith(services: Services, dataset: DatasetReference, planner: PlannerName): Promise<string> {
  const request = { ...datasetRequest(dataset), planner };
  const title = vscode.l10n.t('Planning {0}', dataset.folderName);
  return (await runJob(services, { kind: 'plan', request, title })).plansName;
}

async function pickPlanner(title: string, plansNames: readonly string[]) {
  const explained: Partial<Record<PlannerName, string>> = {
    default: vscode.l10n.t('The plain U-Net; for GPUs with 8 GB and for CPUs'),
    'resenc-m': vscode.l10n.t('Residual encoder, medium: about the same cost'),
    'resenc-l': vscode.l10n.t('Residual encoder, large: 24 GB, the usual choice for best results'),
    'resenc-xl': vscode.l10n.t('Residual encoder, extra large: 40 GB'),
  };
  const keep = plansNames.map((name) => {
    return { label: name, description: vscode.l10n.t('keep these plans'), keep: name, name: undefined, detail: '' };
  });
  const plan = (Object.keys(explained) as PlannerName[]).map((name) => ({
    label: name,
    description: plannerPresets[name].plansName,
    detail: explained[name]!,
    keep: undefined,
    name,
  }));
  return choose([...keep, ...plan], { title, placeHolder: vscode.l10n.t('Which planner?') });
}

async function pickConfigurations(
  services: Services,
  argument: DatasetArgument,
  folderName: string,
  plansName: string,
): Promise<string[] | undefined> {
  const dataset = await services.catalog.dataset(folderName);
  const file = dataset && (await services.catalog.plans(dataset)).find(({ name }) => name === plansName);
  const plans = file?.plans;
  if (!plans) {
    if (file?.problem) throw file.problem;
    throw new Error(vscode.l10n.t('The plans {0} are not there', plansName));
  }
  const items = Object.keys(plans.configurations).map((name) => {
    const { patch_size, batch_size } = getConfiguration(plans, name);
    const recommended = name === (plans.configurations['3d_fullres'] ? '3d_fullres' : '2d');
    return {
      label: name,
      description: vscode.l10n.t('patch {0}, batch {1}', patch_size.join('×'), batch_size),
      picked: recommended,
    };
  });
  const chosen = await chooseSeveral(items, {
    title: vscode.l10n.t('Plan and Preprocess'),
    placeHolder: vscode.l10n.t('Preprocess for which configurations?'),
  });
  return chosen?.map(({ label }) => label);
}
