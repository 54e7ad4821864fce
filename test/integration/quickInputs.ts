/** The lists and lines that the extension asks with, answered as a person would; Back and Escape go the workbench's own way. */
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from './extension';

type Input = vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox;
type Listener = (given?: unknown) => unknown;

/** One question, as long as it is on the screen. */
export class Asked<T extends Input = Input> {
  isOver = false;
  isShown = false;
  private accepted: Listener[] = [];
  private typed: Listener[] = [];

  constructor(readonly input: T) {
    const { show, dispose, onDidAccept } = input;
    const listening = (listeners: Listener[], event: vscode.Event<never>) =>
      ((listener: Listener, ...rest: []) => {
        listeners.push(listener);
        return event(listener, ...rest);
      }) as never;
    Object.assign(input, {
      show: () => {
        this.isShown = true;
        show.call(input);
      },
      dispose: () => {
        this.isOver = true;
        dispose.call(input);
      },
      onDidAccept: listening(this.accepted, onDidAccept as vscode.Event<never>),
      onDidChangeValue: listening(this.typed, input.onDidChangeValue as vscode.Event<never>),
    });
  }

  /** Enter. */
  accept(): void {
    for (const listener of this.accepted) listener();
  }

  type(text: string): void {
    this.input.value = text;
    for (const listener of this.typed) listener(text);
  }

  /** The button in its title. */
  async back(): Promise<void> {
    assert.ok(this.input.buttons.includes(vscode.QuickInputButtons.Back), `${this.input.title} has no way back`);
    await this.press('workbench.action.quickInputBack');
  }

  async escape(): Promise<void> {
    await this.press('workbench.action.closeQuickOpen');
  }

  private async press(command: string): Promise<void> {
    // What shows it is sent to the workbench in the host's next turn, and so before the command.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await vscode.commands.executeCommand(command);
    await eventually(() => assert.ok(this.isOver, `${command} does nothing`));
  }
}

export class QuickInputs {
  private readonly waiting: Asked[] = [];
  private readonly originals = {
    createQuickPick: vscode.window.createQuickPick,
    createInputBox: vscode.window.createInputBox,
  };

  constructor() {
    const { createQuickPick, createInputBox } = this.originals;
    const seen = <T extends Input>(input: T): T => {
      this.waiting.push(new Asked(input));
      return input;
    };
    Object.assign(vscode.window, {
      createQuickPick: () => seen(createQuickPick()),
      createInputBox: () => seen(createInputBox()),
    });
  }

  restore(): void {
    Object.assign(vscode.window, this.originals);
  }

  /** The list that is asked next, once its answers are known. */
  async list(placeholder: RegExp): Promise<Asked<vscode.QuickPick<vscode.QuickPickItem>>> {
    return (await this.next(placeholder)) as Asked<vscode.QuickPick<vscode.QuickPickItem>>;
  }

  async line(prompt: RegExp): Promise<Asked<vscode.InputBox>> {
    return (await this.next(prompt)) as Asked<vscode.InputBox>;
  }

  async choose(placeholder: RegExp, label: string): Promise<void> {
    const asked = await this.list(placeholder);
    const item = asked.input.items.find((one) => one.label === label);
    assert.ok(item, `${label} is not among ${asked.input.items.map((one) => one.label).join('; ')}`);
    asked.input.selectedItems = [item];
    asked.accept();
  }

  private async next(words: RegExp): Promise<Asked> {
    return eventually(() => {
      const [first] = this.waiting;
      assert.ok(first?.isShown && !first.input.busy, `nothing is asked that has ${words}`);
      const { prompt, placeholder } = first.input as { prompt?: string; placeholder?: string };
      assert.match(`${prompt ?? ''} ${placeholder ?? ''}`, words);
      return this.waiting.shift()!;
    }, 60_000);
  }
}
