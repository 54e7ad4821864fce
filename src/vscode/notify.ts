/** How does the extension speak in notifications, progress and tooltips? Only here, so that no file's name becomes a link or an icon. */
import * as vscode from 'vscode';
import { inBackground } from './background';
import { commandLink, withoutIcons, withoutLinks } from './plainWords';
import { giveSignOfLife, signOfLife } from './signOfLife';

export type Severity = 'information' | 'warning' | 'error';

type Show = (message: string, ...rest: unknown[]) => Thenable<unknown>;

const shows: Readonly<Record<Severity, Show>> = {
  information: (...all) => (vscode.window.showInformationMessage as Show)(...all),
  warning: (...all) => (vscode.window.showWarningMessage as Show)(...all),
  error: (...all) => (vscode.window.showErrorMessage as Show)(...all),
};

/** @returns the action that the person chose; undefined when it was closed */
export async function notify(
  severity: Severity,
  text: string,
  ...actions: readonly string[]
): Promise<string | undefined> {
  giveSignOfLife();
  return (await shows[severity](withoutLinks(text), ...actions)) as string | undefined;
}

/** A question that has to be answered before anything else. @returns the answer; undefined for Cancel */
export async function askFirst(
  severity: Severity,
  question: string,
  detail: string,
  ...answers: readonly string[]
): Promise<string | undefined> {
  const options = { modal: true, detail: withoutLinks(detail) };
  giveSignOfLife();
  return (await shows[severity](withoutLinks(question), options, ...answers)) as string | undefined;
}

/** The same, where leaving things as they are has a name of its own. */
export async function askOr(
  refusal: string,
  severity: Severity,
  question: string,
  detail: string,
  ...answers: readonly string[]
): Promise<string | undefined> {
  const items: vscode.MessageItem[] = [
    ...answers.map((title) => ({ title })),
    { title: refusal, isCloseAffordance: true },
  ];
  const options = { modal: true, detail: withoutLinks(detail) };
  giveSignOfLife();
  const chosen = (await shows[severity](withoutLinks(question), options, ...items)) as vscode.MessageItem | undefined;
  return chosen && !chosen.isCloseAffordance ? chosen.title : undefined;
}

export interface Shown {
  location: vscode.ProgressLocation | { viewId: string };
  title: string;
  /** Links of our own behind the title: the only ones there are. */
  links?: readonly { text: string; command: string; parameters: unknown[] }[];
  /** Or what the button is called. */
  cancellable?: boolean | string;
}

export type Report = vscode.Progress<{ message?: string; increment?: number }>;

/** Shows that work goes on, and how far it is, until `work` has ended. */
export async function withProgress<T>(
  { title, links = [], location, cancellable }: Shown,
  work: (report: Report, token: vscode.CancellationToken) => Thenable<T>,
): Promise<T> {
  const texts = links.map(({ text, command, parameters }) => `[${text}](${commandLink(command, ...parameters)})`);
  // The bar over a view may be out of sight.
  if (typeof location !== 'object') giveSignOfLife();
  const linked = texts.length > 0 ? ` (${texts.join(', ')})` : '';
  // VS Code takes the button's name, which its types do not tell; without it the button is called Cancel.
  const named = cancellable as boolean | undefined;
  const options = { location, cancellable: named, title: `${withoutLinks(title)}${linked}` };
  return vscode.window.withProgress(options, (progress, token) =>
    work(
      {
        report: ({ message, increment }) =>
          progress.report({ message: message === undefined ? undefined : withoutLinks(message), increment }),
      },
      token,
    ),
  );
}

/** Says in the status bar that `what` has begun, until it shows something else or has ended. VS Code leaves out what takes a moment only. */
export function showingThatItBegan<T>(what: string, work: () => Promise<T>): Promise<T> {
  const isSeen = signOfLife();
  const result = work();
  const options = { location: vscode.ProgressLocation.Window, title: withoutLinks(what) };
  const hasEnded = result.then(
    () => undefined,
    () => undefined,
  );
  inBackground(
    vscode.window.withProgress(options, () => Promise.race([isSeen, hasEnded])),
    what,
  );
  return result;
}

/** An item of a list, whose words are only words; an icon is its `iconPath`. */
export function plainItem<T extends vscode.QuickPickItem>(item: T): T {
  const { label, description, detail } = item;
  return {
    ...item,
    label: withoutIcons(label),
    ...(description !== undefined && { description: withoutIcons(description) }),
    ...(detail !== undefined && { detail: withoutIcons(detail) }),
  };
}

/** Markdown that was made here, with `escapeMarkdown` around all that was not. Commands in it are never run. */
export function tooltip(markdown: string, options: { icons?: boolean } = {}): vscode.MarkdownString {
  const text = new vscode.MarkdownString(markdown, options.icons);
  text.isTrusted = false;
  text.supportHtml = false;
  return text;
}
