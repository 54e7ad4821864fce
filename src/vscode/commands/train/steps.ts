/** Asks one question after the other with quick picks, with a way back to the one before. */
import * as vscode from 'vscode';
import { plainItem } from '../../notify';

export const back = Symbol('back');

type Item<T> = vscode.QuickPickItem & { value?: T };

export interface Step<T> {
  title: string;
  placeholder: string;
  step: number;
  steps: number;
  /** What is still being found out comes when it is known: the question is there at once. */
  items: readonly Item<T>[] | Promise<readonly Item<T>[]>;
  canGoBack: boolean;
}

/** @returns what was chosen; `back`, or undefined when the person left */
export async function ask<T>(step: Step<T>): Promise<T | typeof back | undefined> {
  const pick = vscode.window.createQuickPick<Item<T>>();
  pick.title = step.title;
  pick.placeholder = step.placeholder;
  pick.step = step.step;
  pick.totalSteps = step.steps;
  const fill = (items: readonly Item<T>[]): void => {
    pick.items = items.map(plainItem);
    pick.busy = false;
  };
  pick.busy = true;
  if (!(step.items instanceof Promise)) fill(step.items);
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.ignoreFocusOut = true;
  if (step.canGoBack) pick.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise<T | typeof back | undefined>((resolve, reject) => {
      pick.onDidTriggerButton(() => resolve(back));
      pick.onDidAccept(() => {
        const [chosen] = pick.selectedItems;
        if (chosen) resolve(chosen.value);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
      if (step.items instanceof Promise) step.items.then(fill, reject);
    });
  } finally {
    pick.dispose();
  }
}
