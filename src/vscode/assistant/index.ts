/** Offers the assistants of VS Code what src/assistant can tell. */
import * as vscode from 'vscode';
import type { NamesOfDatasets, Told } from '../../assistant/call';
import type { Services } from '../services';
import { setting } from '../settings';

/** Every tool that package.json contributes; the code behind them is loaded by the first call. */
export function registerAssistant(services: Services): vscode.Disposable {
  const { contributes } = services.context.extension.packageJSON as {
    contributes: { languageModelTools: { name: string }[] };
  };
  let loaded: Promise<Desk> | undefined;
  const desk = (): Promise<Desk> => (loaded ??= openDesk());
  return vscode.Disposable.from(
    ...contributes.languageModelTools.map(({ name }) =>
      vscode.lm.registerTool<object>(name, {
        invoke: async ({ input }, token) => {
          const { tools, known } = await desk();
          const tool = tools.find((one) => one.name === name)!;
          return resultOf(await tool.tell(settingsOf(services), known, input, { signal: signalOf(token) }));
        },
      }),
    ),
  );
}

interface Desk {
  tools: typeof import('../../assistant/readingTools').readingTools;
  known: NamesOfDatasets;
}

async function openDesk(): Promise<Desk> {
  const { readingTools } = await import('../../assistant/readingTools');
  const { NamesOfDatasets } = await import('../../assistant/call');
  return { tools: readingTools, known: new NamesOfDatasets() };
}

function settingsOf({ roots }: Services): { roots: ReturnType<Services['roots']>; shareNames: boolean } {
  return { roots: roots(), shareNames: setting('assistant.shareNames', false) };
}

/** The text for whoever reads, the data for whoever reckons. A failure is an answer, too: the model can act on its advice. */
function resultOf({ text, data, isError }: Told): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([
    new vscode.LanguageModelTextPart(isError ? `Error: ${text}` : text),
    new vscode.LanguageModelTextPart(JSON.stringify(data)),
  ]);
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
