/** The table of evaluated cases in VS Code: a click opens a case with the mask that the number is of. */
import { t } from '@vscode/l10n';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { splitEnding } from '../../images/endings';
import { EvaluationError } from '../../method/errors';
import { readModels } from '../../report/readModels';
import { resultsTable } from '../../report/results/resultsTable';
import { openScored } from '../evaluation/openScored';
import type { Services } from '../services';
import type { TableSource } from './tablePage';

export const resultsKind = 'results';

/** @param models  evaluated folders, folds or models */
export function resultsSource(services: Services, models: readonly string[]): TableSource {
  const [first] = models;
  if (first === undefined) throw new EvaluationError('not-evaluated', 'No evaluated masks were named');
  let masks = new Set<string>();
  return {
    id: `${resultsKind} ${JSON.stringify(models)}`,
    title: t('Results: {0}', models.map((path) => basename(path)).join(', ')),
    content: async () => {
      const quiet = { progress: () => undefined, warn: () => undefined };
      const read = await readModels({ ...quiet, models, roots: services.rootsOf(first) });
      masks = new Set(read.models.flatMap(({ model }) => model.cases.map(({ prediction }) => prediction)));
      const { place } = read.models[0]!;
      const names = read.models.map(({ model }) => model.name).join(', ');
      return resultsTable(read, place.dataset === undefined ? names : `${place.dataset}: ${names}`);
    },
    // The page names only masks that it was told of.
    open: async (mask) => {
      if (masks.has(mask)) await openScored(services, dirname(mask), splitEnding(basename(mask)).stem);
    },
    follow: (changed) => {
      const watchers = models.map((path) => {
        const watcher = vscode.workspace.createFileSystemWatcher(
          new vscode.RelativePattern(vscode.Uri.file(path), '**/{summary,surface}.json'),
        );
        return vscode.Disposable.from(watcher, watcher.onDidChange(changed), watcher.onDidCreate(changed));
      });
      return vscode.Disposable.from(...watchers);
    },
  };
}
