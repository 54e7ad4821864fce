/** Asks one question after the other with quick picks, with a way back to the one before. */
import * as vscode from 'vscode';
import { plainItem } from '../../notify';

export const back = Symbol('back');

export interface Step<T> {
  title: string;
  placeholder: string;
  step: number;
  steps: number;
  items: readonly (vscode.QuickPickItem & { value?: T })[];
  canGoBack: boolean;
}

/** @returns what was chosen; `back`, or undefined when the person left */
export async function ask<T>(step: Step<T>): Promise<T | typeof back | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { value?: T }>();
  pick.title = step.title;
  pick.placeholder = step.placeholder;
  pick.step = step.step;
  pick.totalSteps = step.steps;
  pick.items = step.items.map(plainItem);
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.ignoreFocusOut = true;
  if (step.canGoBack) pick.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise<T | typeof back | undefined>((resolve) => {
      pick.onDidTriggerButton(() => resolve(back));
      pick.onDidAccept(() => {
        const [chosen] = pick.selectedItems;
        if (chosen) resolve(chosen.value);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}
