/** "Choose Folds": takes the folds of a file, or nnU-Net's own five, for all trainings that come. */
import { t } from '@vscode/l10n';
import { readRawDataset } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import { readSplitsFor, replaceSplits, trainedByFolds, usualSplits } from '../../pipeline/replaceSplits';
import type { Split } from '../../method/splits';
import { counted } from '../../words/counted';
import { pickDataset, type DatasetArgument } from '../explorer/pick';
import { offer } from '../messages';
import { askFirst } from '../notify';
import type { Services } from '../services';
import { doubt } from '../wizard/doubt';
import { opened } from '../wizard/files';
import { oneOf } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker } from '../wizard/walk';

export async function chooseSplits(services: Services, argument: DatasetArgument): Promise<void> {
  const chosen = await askThen(
    { id: 'nnunet.chooseSplits', title: t('Choose Folds'), steps: 3 },
    (asker) => questions(services, asker, argument),
    async ({ dataset, splits }) => ({ dataset, splits, kept: await replaceSplits(dataset, splits) }),
  );
  if (!chosen) return;
  const { dataset, splits, kept } = chosen;
  services.catalog.refresh(dataset.folderName);
  const now = t('{0} has {1} now.', dataset.folderName, counted(splits.length, 'fold'));
  offer('information', kept === undefined ? now : `${now} ${t('Those of before are kept in {0}.', kept)}`);
}

interface Chosen {
  dataset: DatasetReference;
  splits: Split[];
}

async function questions(services: Services, asker: Asker, argument: DatasetArgument): Promise<Chosen> {
  const dataset = await pickDataset(services, asker, argument, { where: 'raw' });
  const { cases } = await asker.once(`cases ${dataset.raw}`, () => readRawDataset(dataset.raw));
  const ids = cases.map(({ id }) => id);
  const from = await asker.ask(
    'from',
    oneOf<'usual' | 'file'>({
      placeholder: t('Which cases does each fold leave out?'),
      items: () => [
        {
          label: t('Five folds, as nnU-Net makes them'),
          detail: t('By chance, always the same: each case is left out once'),
          value: 'usual',
        },
        {
          label: t('Those of a File…'),
          detail: t('JSON as splits_final.json: a list of folds, each with "train" and "val"'),
          value: 'file',
        },
      ],
    }),
  );
  const splits = from === 'usual' ? usualSplits(ids) : await splitsOfFile(asker, ids);
  const trained = await trainedByFolds(dataset);
  await asker.ask(
    'sure',
    doubt(async () => {
      if (trained.length === 0) return true;
      const take = t('Take Other Folds');
      const question = t('Folds of {0} are trained already', dataset.folderName);
      const detail = t(
        'They stay as they are, but left out other cases than folds that are trained from now on: what they are validated on can not be compared. Trained: {0}.',
        trained.join('; '),
      );
      return (await askFirst('warning', question, detail, take)) === take;
    }),
  );
  return { dataset, splits };
}

async function splitsOfFile(asker: Asker, ids: readonly string[]): Promise<Split[]> {
  const [file] = await asker.ask(
    'file',
    opened({ what: t('the file with the folds'), filters: { JSON: ['json'] }, canSelectMany: false }),
  );
  return readSplitsFor(file!, ids);
}
