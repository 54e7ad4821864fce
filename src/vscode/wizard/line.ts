/** A question whose answer is a line of text. */
import * as vscode from 'vscode';
import { withoutLinks } from '../plainWords';
import { untilAnswered } from './quickInput';
import type { Answer, Question } from './walk';

interface LineOptions {
  /** What the line is, behind the command's title: "Name of the Dataset". */
  title?: string;
  prompt: string;
  /** What stands there first. */
  value?: string;
  /** @returns what is wrong with it, or undefined */
  validate?: (text: string) => string | undefined;
}

export function line({ title, prompt, value = '', validate }: LineOptions): Question<string> {
  const problemOf = (text: string): string | undefined => {
    const problem = validate?.(text);
    return problem && withoutLinks(problem);
  };
  return {
    recall: (kept) => Promise.resolve(typeof kept === 'string' && !problemOf(kept) ? { value: kept, kept } : undefined),
    show: (frame) => {
      const input = vscode.window.createInputBox();
      input.prompt = withoutLinks(prompt);
      input.value = typeof frame.before === 'string' ? frame.before : value;
      input.valueSelection = [0, input.value.length];
      const shown = title === undefined ? frame : { ...frame, title: `${frame.title}: ${title}` };
      return untilAnswered<Answer<string>>(input, shown, (answer) => {
        input.onDidChangeValue((text) => {
          frame.draft(text);
          input.validationMessage = problemOf(text);
        });
        input.onDidAccept(() => {
          const problem = problemOf(input.value);
          input.validationMessage = problem;
          if (problem === undefined) answer({ value: input.value, kept: input.value });
        });
      });
    },
  };
}
