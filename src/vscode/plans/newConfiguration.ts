/** "New Configuration": asks what shall differ, tells what that costs, and writes it into the plans. */
import { t } from '@vscode/l10n';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { availableCores } from '../../engine/machine';
import { problemOfName } from '../../method/addedConfiguration';
import { getConfiguration } from '../../method/plans';
import { patchDivisor } from '../../method/planValidation';
import { writeAddedConfiguration } from '../../pipeline/addConfiguration';
import { foreseeConfiguration, parseSizes, type ForeseenConfiguration } from '../../report/plans/foreseenConfiguration';
import { axisNames, inImageOrder, sizeText } from '../../report/plans/imageOrder';
import { readPlansMaterial, type PlansMaterial } from '../../report/plans/plansMaterial';
import { offer } from '../messages';
import type { Services } from '../services';
import { line } from '../wizard/line';
import { oneOf } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker, Question } from '../wizard/walk';
import { costRows } from './plansPage';

/** @param file  the plans. @param from  the configuration that it inherits from */
export async function newConfiguration({ catalog }: Services, file: string, from: string): Promise<void> {
  const material = await readPlansMaterial(file);
  const title = t('New Configuration from {0}', from);
  const added = await askThen(
    { id: `nnunet.newConfiguration ${file} ${from}`, title, steps: 5 },
    (asker) => questions(asker, material, from),
    async (foreseen) => {
      await writeAddedConfiguration(file, material.plans, foreseen.foreseen.plans);
      return foreseen;
    },
  );
  if (!added) return;
  const dataset = basename(dirname(file));
  catalog.refresh(dataset);
  offer('information', t('{0} has a configuration {1} now.', dataset, added.name), {
    title: t('Train nnU-Net'),
    run: () => vscode.commands.executeCommand('nnunet.train', dataset),
  });
}

interface Added {
  name: string;
  foreseen: ForeseenConfiguration;
}

async function questions(asker: Asker, material: PlansMaterial, from: string): Promise<Added> {
  const { plans } = material;
  const parent = getConfiguration(plans, from);
  const axes = axisNames(parent.patch_size.length, plans).join(' × ');
  const [patch, spacing] = [parent.patch_size, parent.spacing].map((values) => inImageOrder(values, plans)) as [
    number[],
    number[],
  ];
  const divisor = sizeText(inImageOrder(patchDivisor(parent.architecture.arch_kwargs.strides), plans));
  const patchSize = await asker.ask(
    'patch',
    sizesLine(
      t('Patch size'),
      t('Voxels, {0}. Multiples of {1} keep the network; for others one is planned.', axes, divisor),
      patch,
    ),
  );
  const batchSize = await asker.ask('batch', batchLine(parent.batch_size));
  const spacingMm = await asker.ask(
    'spacing',
    sizesLine(t('Spacing'), t('mm, {0}. Another one has all cases preprocessed again.', axes), spacing),
  );
  const name = await asker.ask(
    'name',
    line({
      title: t('Name'),
      prompt: t('Of the configuration; folders of trainings are called by it.'),
      value: freeName(material, from),
      validate: (text) => problemOfName(plans, text),
    }),
  );
  const wanted = { name, from, patchSize, batchSize, spacing: spacingMm };
  const foreseen = foreseeConfiguration(material, wanted, availableCores());
  await asker.ask('add', confirmation(name, foreseen));
  return { name, foreseen };
}

function sizesLine(title: string, prompt: string, now: readonly number[]): Question<number[]> {
  const typed = line({
    title,
    prompt,
    value: sizeText(now),
    validate: (text) =>
      parseSizes(text)?.length === now.length
        ? undefined
        : t('Give {0} numbers above 0, like {1}.', now.length, sizeText(now)),
  });
  // What was not touched is as it was, to the last digit.
  return mapped(typed, (text) => (text === sizeText(now) ? [...now] : parseSizes(text)!));
}

function batchLine(now: number): Question<number> {
  const typed = line({
    title: t('Batch size'),
    prompt: t('Patches that the network sees at once; memory grows with it.'),
    value: String(now),
    validate: (text) => (/^[1-9]\d{0,4}$/.test(text.trim()) ? undefined : t('Give a whole number above 0.')),
  });
  return mapped(typed, Number);
}

function mapped<A, B>(question: Question<A>, change: (answer: A) => B): Question<B> {
  return {
    recall: async (kept) => {
      const answer = await question.recall(kept);
      return answer && { ...answer, value: change(answer.value) };
    },
    show: async (frame) => {
      const answer = await question.show(frame);
      return typeof answer === 'object' ? { ...answer, value: change(answer.value) } : answer;
    },
  };
}

function confirmation(name: string, foreseen: ForeseenConfiguration): Question<boolean> {
  const { cost, grownPatch, isLargerThanImages, isResampled } = foreseen;
  const before = new Map(cost ? costRows(cost.before) : []);
  const lines = cost
    ? costRows(cost.after).map(([what, value]) => {
        const now = before.get(what);
        return now === undefined || now === value
          ? { label: what, description: value }
          : { label: what, description: t('{0}, instead of {1}', value, now) };
      })
    : [];
  const notes = [
    ...(grownPatch
      ? [t('The patch becomes {0}: edges must be halved as often as the network does.', sizeText(grownPatch))]
      : []),
    ...(isLargerThanImages ? [t('The patch is larger than the median image: the rest is filled with zeros.')] : []),
    ...(isResampled ? [t('All cases are preprocessed again for it.')] : []),
  ];
  const add = { label: t('Add {0}', name), detail: notes.join(' ') || undefined, value: true };
  const separator = { label: t('What training takes'), kind: vscode.QuickPickItemKind.Separator };
  return oneOf<boolean>({
    placeholder: t('Write it into the plans?'),
    items: () => [add, ...(lines.length > 0 ? [separator, ...lines.map((one) => ({ ...one, value: true }))] : [])],
  });
}

function freeName({ plans }: PlansMaterial, from: string): string {
  const names = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${from}_own${number === 1 ? '' : number}`);
  return names.find((name) => problemOfName(plans, name) === undefined) ?? '';
}
