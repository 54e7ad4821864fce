/** Creates the parts of the extension and registers them. No work is done before something is opened. */
import './vscode/language';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { rootsHolding } from './dataset/roots';
import type { Starter } from './jobs/advance';
import { localLauncher } from './jobs/local/launch';
import { slurmLauncher } from './jobs/slurm/launcher';
import { removeFormerCaches } from './storage/formerCaches';
import { sweepScratchOnce } from './storage/scratch';
import { inBackground } from './vscode/background';
import { registerAssistant } from './vscode/assistant';
import { registerBestModel } from './vscode/bestModel';
import { registerCards } from './vscode/cards';
import { registerCommands } from './vscode/commands';
import { registerCurves } from './vscode/curves';
import { registerDiagnostics } from './vscode/diagnostics';
import { registerEvaluation } from './vscode/evaluation';
import { registerReport } from './vscode/report';
import { registerExchange } from './vscode/exchange';
import { registerExplorer } from './vscode/explorer';
import { registerFindings } from './vscode/findings';
import { Catalog } from './vscode/catalog/catalog';
import { reportBackground } from './vscode/messages';
import { createOutput } from './vscode/output';
import { placesForNew, watchRoots, workspaceRoots } from './vscode/settings';
import { registerTraining } from './vscode/commands/train';
import { registerPlans } from './vscode/plans';
import { registerPrediction } from './vscode/prediction';
import { registerJobs } from './vscode/jobs';
import { registerNotifications } from './vscode/progress/notification';
import type { RegisterPart, Services } from './vscode/services';
import { registerTables, type ShowTable } from './vscode/tables';
import { registerTasks } from './vscode/tasks';
import { createRunCenter } from './vscode/tasks/runCenter';
import { registerVolume } from './vscode/volume';
import { VolumeEditorProvider } from './vscode/volume/editor';

/** In the order they are registered: each part adds its line here. */
const parts: RegisterPart[] = [
  registerExplorer,
  registerCommands,
  registerExchange,
  registerEvaluation,
  registerReport,
  registerPlans,
  registerTablesAndCards,
  registerDiagnostics,
  registerFindings,
  registerEditor,
  registerCurves,
  registerTasks,
  registerTraining,
  registerBestModel,
  registerJobs,
  registerNotifications,
  registerAssistant,
];

/** Volumes are shown as a table. */
function registerTablesAndCards(services: Services): vscode.Disposable {
  return registerTables(services, (show: ShowTable) => registerCards(services, show));
}

/** What a model says is shown in the editor of the image. */
function registerEditor(services: Services): vscode.Disposable {
  const editors = new VolumeEditorProvider(services);
  return vscode.Disposable.from(registerVolume(services, editors), registerPrediction(services, editors));
}

export function activate(context: vscode.ExtensionContext): Services {
  const start = performance.now();
  const output = createOutput();
  const rootsWatcher = watchRoots();
  const local = localLauncher(join(context.extensionPath, 'dist', 'runner.js'));
  const starter: Starter = { launchers: { local, slurm: slurmLauncher() } };
  const runs = createRunCenter({
    resultsRoots: () => workspaceRoots().map(({ results }) => results),
    onDidChangeRoots: rootsWatcher.event,
    starter,
    output,
  });
  const catalog = new Catalog(workspaceRoots(), (folder) => runs.learn(folder));
  const services: Services = {
    context,
    extensionUri: context.extensionUri,
    roots: () => placesForNew()[0]!,
    rootsOf: (...paths) => rootsHolding(paths, placesForNew()),
    onDidChangeRoots: rootsWatcher.event,
    catalog,
    starter,
    runs,
    output,
    distFile: (name) => join(context.extensionPath, 'dist', name),
  };
  context.subscriptions.push(
    output,
    reportBackground(output),
    rootsWatcher,
    catalog,
    runs,
    rootsWatcher.event((roots) => catalog.setRoots(roots)),
  );
  for (const register of parts) context.subscriptions.push(register(services));
  // Copies of images that a crash has left.
  inBackground(sweepScratchOnce(), 'Removing what a crash has left');
  inBackground(removeFormerCaches(), 'Removing caches of earlier versions');
  output.info(`Started in ${Math.round(performance.now() - start)} ms`);
  return services;
}

export function deactivate(): void {
  // Everything was given to context.subscriptions.
}
