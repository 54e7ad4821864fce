/** How does a quick pick or an input box of a command look and end? It counts the questions, has a way back, and stays while one looks elsewhere. */
import * as vscode from 'vscode';
import { withoutLinks } from '../plainWords';
import { giveSignOfLife } from '../signOfLife';
import { back, type Frame } from './walk';

type Shown = (vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox) & vscode.QuickInput;

/**
 * @param answerOn  begins to listen, and calls what it is given with the answer
 * @returns the answer; `back`, or undefined where the person left
 */
export async function untilAnswered<T>(
  input: Shown,
  frame: Frame,
  answerOn: (answer: (value: T) => void, fail: (error: unknown) => void) => void,
): Promise<T | typeof back | undefined> {
  input.title = withoutLinks(frame.title);
  input.step = frame.steps > 1 ? frame.step : undefined;
  input.totalSteps = frame.steps > 1 ? frame.steps : undefined;
  input.ignoreFocusOut = true;
  if (frame.canGoBack) input.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise<T | typeof back | undefined>((resolve, reject) => {
      input.onDidTriggerButton(() => resolve(back));
      input.onDidHide(() => resolve(undefined));
      answerOn(resolve, reject);
      input.show();
      giveSignOfLife();
    });
  } finally {
    input.dispose();
  }
}
