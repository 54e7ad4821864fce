/** Offers the assistants of VS Code what src/assistant can tell. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { AssistantSettings, NamesOfDatasets, Told } from '../../assistant/call';
import type { AssistantTool } from '../../assistant/tool';
import { tooltip } from '../notify';
import { escapeMarkdown, withoutLinks } from '../plainWords';
import type { Services } from '../services';
import { chosenLauncher, setting, workspaceRoots } from '../settings';

/** Every tool that package.json contributes; the code behind them is loaded by the first call. */
export function registerAssistant(services: Services): vscode.Disposable {
  const { contributes } = services.context.extension.packageJSON as {
    contributes: { languageModelTools: { name: string }[] };
  };
  let loaded: Promise<Desk> | undefined;
  const deskOf = (): Promise<Desk> => (loaded ??= openDesk());
  const tools = contributes.languageModelTools.map(({ name }) =>
    vscode.lm.registerTool<object>(name, {
      prepareInvocation: async ({ input }, token) => prepare(await deskOf(), name, input, signalOf(token)),
      invoke: async ({ input }, token) => resultOf(await tell(await deskOf(), services, name, input, signalOf(token))),
    }),
  );
  return vscode.Disposable.from(...tools);
}

interface Desk {
  tools: readonly AssistantTool[];
  known: NamesOfDatasets;
}

async function openDesk(): Promise<Desk> {
  const { assistantTools } = await import('../../assistant/tools');
  const { NamesOfDatasets } = await import('../../assistant/call');
  return { tools: assistantTools, known: new NamesOfDatasets() };
}

/** Asks the person before something starts, with the names that they know; what can't start is told by the call itself. */
async function prepare(
  { tools, known }: Desk,
  name: string,
  input: object,
  signal: AbortSignal,
): Promise<vscode.PreparedToolInvocation | undefined> {
  const tool = tools.find((one) => one.name === name)!;
  if (!tool.starts || !vscode.workspace.isTrusted) return undefined;
  const proposed = await tool.propose(settingsOf(), known, input, { signal });
  if ('failure' in proposed) return undefined;
  const { question, details } = proposed.ownWords;
  return {
    confirmationMessages: { title: withoutLinks(question), message: tooltip(details.map(escapeMarkdown).join('\n\n')) },
  };
}

async function tell(
  { tools, known }: Desk,
  services: Services,
  name: string,
  input: object,
  signal: AbortSignal,
): Promise<Told> {
  const tool = tools.find((one) => one.name === name)!;
  const settings = settingsOf();
  if (!tool.starts) return tool.tell(settings, known, input, { signal });
  if (!vscode.workspace.isTrusted) return untrusted;
  const proposed = await tool.propose(settings, known, input, { signal });
  if ('failure' in proposed) return proposed.failure;
  return proposed.start(services.starter);
}

const untrusted: Told = {
  isError: true,
  text: t('This window is in Restricted Mode: nothing can be started in it.'),
  data: { code: 'restricted-mode' },
};

function settingsOf(): AssistantSettings {
  return {
    roots: workspaceRoots(),
    shareNames: setting('assistant.shareNames', false),
    launch: chosenLauncher,
  };
}

/** The text for whoever reads, the data for whoever reckons. A failure is an answer, too: the model can act on its advice. */
function resultOf({ text, data, isError }: Told): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([
    new vscode.LanguageModelTextPart(isError ? t('Error: {0}', text) : text),
    new vscode.LanguageModelTextPart(JSON.stringify(data)),
  ]);
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
