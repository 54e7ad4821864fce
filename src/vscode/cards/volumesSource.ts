/** The volumes of the labels in a folder of masks, as a table in VS Code: a click opens a mask. */
import { t } from '@vscode/l10n';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { MeasuredVolumes } from '../../jobs/results';
import { volumesTable } from '../../report/cards/volumesTable';
import type { TableSource } from '../tables/tablePage';

/** @param measured  what a job has left */
export function volumesSource(measured: MeasuredVolumes): TableSource {
  const folder = dirname(measured.file);
  return {
    id: `volumes ${folder}`,
    title: t('Volumes: {0}', basename(folder)),
    content: () => Promise.resolve(volumesTable(measured, folder)),
    open: async (mask) => {
      if (measured.cases.some((one) => one.mask === mask))
        await vscode.commands.executeCommand('nnunet.openVolume', vscode.Uri.file(join(folder, mask)));
    },
    follow: () => new vscode.Disposable(() => undefined),
  };
}
