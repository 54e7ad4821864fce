/** Tells once a comparison that was asked for in this workspace has ended: which model is the best, or why there is none. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { KnownJob } from '../../jobs/knownJob';
import { errorFromObject } from '../../method/errorObject';
import { whyLine } from '../../runs/bestLines';
import { readFoundBest } from '../../runs/foundBest';
import { inBackground } from '../background';
import { offer } from '../messages';
import type { Services } from '../services';

const memory = 'nnunet.bestModelsAskedHere';

/** Folders of the comparisons' logs, over reloads of the window. */
export class AskedHere {
  private readonly folders: Set<string>;

  constructor(private readonly state: vscode.Memento) {
    this.folders = new Set(state.get<string[]>(memory) ?? []);
  }

  has(folder: string): boolean {
    return this.folders.has(folder);
  }

  get all(): readonly string[] {
    return [...this.folders];
  }

  add(folder: string): Thenable<void> {
    this.folders.add(folder);
    return this.state.update(memory, this.all);
  }

  remove(folder: string): Thenable<void> {
    this.folders.delete(folder);
    return this.state.update(memory, this.all);
  }
}

export function tellWhenFound(services: Services, asked: AskedHere): vscode.Disposable {
  const { runs } = services;
  const tell = async (job: KnownJob): Promise<void> => {
    if (!asked.has(job.folder)) return;
    await asked.remove(job.folder);
    await tellEnd(services, job);
  };
  const lookBack = async (): Promise<void> => {
    await runs.refresh();
    for (const folder of asked.all) {
      const job = runs.job(folder);
      if (job && job.status.state !== 'running') await tell(job);
      else if (!job && !runs.queue.some((one) => one.folder === folder)) await asked.remove(folder);
    }
  };
  const what = t('Find the Best Model');
  if (asked.all.length > 0) inBackground(lookBack(), what);
  return runs.onDidEndWork((job) => inBackground(tell(job), what, { isAskedFor: true }));
}

async function tellEnd(services: Services, { folder, status, job }: KnownJob): Promise<void> {
  if (job?.kind !== 'find-best') return;
  const { dataset, folders } = job.request;
  if (status.state === 'finished') {
    services.catalog.refresh(dataset);
    const text = whyLine(await readFoundBest(folders.results));
    services.output.info(`${dataset}: ${text}`);
    offer(
      'information',
      `${dataset.replace(/^Dataset\d{3}_/, '')}: ${text}`,
      { title: t('Show Why'), run: () => vscode.commands.executeCommand('nnunet.showBestModel', dataset) },
      { title: t('Predict'), run: () => vscode.commands.executeCommand('nnunet.predict', dataset) },
    );
    return;
  }
  if (status.state === 'stopped') return;
  const cause = errorFromObject(status.error)?.oneLine ?? t('Its process is gone.');
  offer('error', t('The best model of {0} was not found: {1}', dataset, cause), {
    title: t('Show Log'),
    run: () => vscode.commands.executeCommand('nnunet.showLog', folder),
  });
}
