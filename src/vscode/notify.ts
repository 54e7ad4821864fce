/** How does the extension speak in notifications, progress, prompts and tooltips? Only here, so that no file's name becomes a link. */
import * as vscode from 'vscode';
import { commandLink, withoutLinks } from './plainWords';

export type Severity = 'information' | 'warning' | 'error';

type Show = (message: string, ...rest: unknown[]) => Thenable<string | undefined>;

const shows: Readonly<Record<Severity, Show>> = {
  information: vscode.window.showInformationMessage as Show,
  warning: vscode.window.showWarningMessage as Show,
  error: vscode.window.showErrorMessage as Show,
};

/** @returns the action that the person chose; undefined when it was closed */
export async function notify(
  severity: Severity,
  text: string,
  ...actions: readonly string[]
): Promise<string | undefined> {
  return shows[severity](withoutLinks(text), ...actions);
}

/** A question that has to be answered before anything else. @returns the answer; undefined for Cancel */
export async function askFirst(
  severity: Severity,
  question: string,
  detail: string,
  ...answers: readonly string[]
): Promise<string | undefined> {
  return shows[severity](withoutLinks(question), { modal: true, detail: withoutLinks(detail) }, ...answers);
}

export interface Shown {
  location: vscode.ProgressLocation | { viewId: string };
  title: string;
  /** A link of our own behind the title: the only one there is. */
  link?: { text: string; command: string; parameters: unknown[] };
  cancellable?: boolean;
}

export type Report = vscode.Progress<{ message?: string; increment?: number }>;

/** Shows that work goes on, and how far it is, until `work` has ended. */
export async function withProgress<T>(
  { title, link, ...options }: Shown,
  work: (report: Report, token: vscode.CancellationToken) => Thenable<T>,
): Promise<T> {
  const linked = link ? ` ([${link.text}](${commandLink(link.command, ...link.parameters)}))` : '';
  return vscode.window.withProgress({ ...options, title: `${withoutLinks(title)}${linked}` }, (progress, token) =>
    work(
      {
        report: ({ message, increment }) =>
          progress.report({ message: message === undefined ? undefined : withoutLinks(message), increment }),
      },
      token,
    ),
  );
}

/** Asks for a line of text. What is said about the entry (`validateInput`) is cleaned, too. */
export async function askText(options: vscode.InputBoxOptions): Promise<string | undefined> {
  const { title, prompt, validateInput } = options;
  const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : withoutLinks(text));
  return vscode.window.showInputBox({
    ...options,
    title: clean(title),
    prompt: clean(prompt),
    validateInput: validateInput && (async (value) => cleanProblem(await validateInput(value))),
  });
}

function cleanProblem(problem: string | vscode.InputBoxValidationMessage | undefined | null) {
  if (!problem) return undefined;
  return typeof problem === 'string' ? withoutLinks(problem) : { ...problem, message: withoutLinks(problem.message) };
}

/** Markdown that was made here, with `escapeMarkdown` around all that was not. Commands in it are never run. */
export function tooltip(markdown: string, options: { icons?: boolean } = {}): vscode.MarkdownString {
  const text = new vscode.MarkdownString(markdown, options.icons);
  text.isTrusted = false;
  text.supportHtml = false;
  return text;
}
