/** Which steps of "Your first segmentation" are done? Each ticks itself off, whichever window, view or terminal did it. */
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { isSampleDataset } from '../../dataset/sample/mark';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';

const walkthrough = 'firstSegmentation';

/** By id of the step, as in package.json. */
const steps: Record<string, { context: string; isDone(services: Services): Promise<boolean> }> = {
  sample: {
    context: 'nnunet.hasDatasets',
    isDone: async ({ catalog }) => (await catalog.datasets()).length > 0,
  },
  train: { context: 'nnunet.hasModels', isDone: hasModel },
  look: { context: 'nnunet.hasOpenedVolume', isDone: () => Promise.resolve(openInputs().some(isVolume)) },
  own: { context: 'nnunet.hasOwnDataset', isDone: hasOwnDataset },
};

interface Walkthrough extends vscode.Disposable {
  /** To be called when the catalog has news; cheap, and nothing once every step is done. */
  look(): void;
}

export function registerWalkthrough(services: Services): Walkthrough {
  const { catalog, context, output, runs } = services;
  const id = `${context.extension.id}#${walkthrough}`;
  // Once a window: a step that the person marks as not done again is left so.
  const open = new Set(Object.keys(steps));
  let looking: Promise<void> | undefined;
  let looksAgain = false;

  async function lookOnce(): Promise<void> {
    for (const step of [...open]) {
      if (!(await steps[step]!.isDone(services))) continue;
      open.delete(step);
      await tick(`${id}#${step}`, steps[step]!.context);
    }
  }

  function look(): void {
    looksAgain = looking !== undefined;
    if (looking || open.size === 0) return;
    looking = lookOnce()
      .catch((error: unknown) => output.warn(`Walkthrough: ${String(error)}`))
      .finally(() => {
        looking = undefined;
        if (looksAgain) look();
      });
  }

  /** Also at files of which no view is visible, so that nobody follows them. */
  const lookAnew = (): void => inBackground(catalog.look().then(look), 'Walkthrough');

  const subscriptions = vscode.Disposable.from(
    registerCommand(output, 'nnunet.openWalkthrough', vscode.l10n.t('Open Walkthrough'), () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', id, false),
    ),
    catalog.onDidChange(look),
    runs.onDidEnd(lookAnew),
    vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
      if (opened.some(({ input }) => isVolume(input) || isOwnPage(input))) lookAnew();
    }),
  );
  // A volume or the walkthrough itself may be what started the extension.
  if (openInputs().some((input) => isVolume(input) || isOwnPage(input))) lookAnew();
  return { look, dispose: () => subscriptions.dispose() };
}

/**
 * VS Code looks at a context when it changes, and counts one that was true before it knew the walkthrough as seen, without
 * ticking the step; it learns of walkthroughs when the first is opened. Its own command works at any time, but is not documented.
 */
async function tick(step: string, context: string): Promise<void> {
  await vscode.commands.executeCommand('setContext', context, true);
  // It rejects for a walkthrough that it does not know yet, after having noted the step.
  await vscode.commands.executeCommand('welcome.markStepComplete', step).then(undefined, () => undefined);
}

async function hasModel({ catalog }: Services): Promise<boolean> {
  for (const dataset of await catalog.datasets()) {
    const folds = (await catalog.models(dataset)).flatMap((model) => model.folds);
    const read = await Promise.all(folds.map(({ folder }) => catalog.fold(folder, dataset.folderName)));
    const states = read.map(({ status }) => status?.state);
    if (states.some((state) => state === 'finished' || state === 'stopped')) return true;
  }
  return false;
}

async function hasOwnDataset({ catalog }: Services): Promise<boolean> {
  for (const dataset of await catalog.datasets()) {
    if (!dataset.exists.raw) continue;
    const { datasetJson, cases } = await catalog.raw(dataset);
    if (datasetJson && cases.length > 0 && !isSampleDataset(datasetJson)) return true;
  }
  return false;
}

const openInputs = (): unknown[] =>
  vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).map((tab): unknown => tab.input);

const isVolume = (input: unknown): boolean =>
  input instanceof vscode.TabInputCustom && input.viewType.startsWith('nnunet.volume');

/** Pages of VS Code itself, the walkthrough among them, have an input of no kind. */
const isOwnPage = (input: unknown): boolean => input === undefined;
