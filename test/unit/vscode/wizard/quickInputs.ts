/** Stand-ins for VS Code's quick inputs, which a test answers as a person would. */

type Listener<T> = (given: T) => void;

class Input {
  title = '';
  step: number | undefined;
  totalSteps: number | undefined;
  ignoreFocusOut = false;
  buttons: readonly unknown[] = [];
  placeholder = '';
  busy = false;
  isShown = false;
  isDisposed = false;
  accept: () => void = () => undefined;
  private hidden: () => void = () => undefined;
  private triggered: Listener<unknown> = () => undefined;

  onDidAccept(listener: () => void): void {
    this.accept = listener;
  }
  onDidHide(listener: () => void): void {
    this.hidden = listener;
  }
  onDidTriggerButton(listener: Listener<unknown>): void {
    this.triggered = listener;
  }
  show(): void {
    this.isShown = true;
  }
  dispose(): void {
    this.isDisposed = true;
  }
  escape(): void {
    this.hidden();
  }
  back(): void {
    this.triggered(this.buttons[0]);
  }
}

interface Item {
  label: string;
  [key: string]: unknown;
}

export class Pick extends Input {
  items: readonly Item[] = [];
  activeItems: readonly Item[] = [];
  selectedItems: readonly Item[] = [];
  canSelectMany = false;
  select: Listener<readonly Item[]> = () => undefined;

  onDidChangeSelection(listener: Listener<readonly Item[]>): void {
    this.select = listener;
  }
  choose(...labels: string[]): void {
    this.selectedItems = this.items.filter(({ label }) => labels.includes(label));
    this.select(this.selectedItems);
    this.accept();
  }
}

export class Box extends Input {
  prompt = '';
  value = '';
  valueSelection: readonly [number, number] | undefined;
  validationMessage: string | undefined;
  private changed: Listener<string> = () => undefined;

  onDidChangeValue(listener: Listener<string>): void {
    this.changed = listener;
  }
  type(text: string): void {
    this.value = text;
    this.changed(text);
  }
}

/** What was shown last, once something more than `seen` of it was shown. */
export class Screen {
  readonly shown: (Pick | Box)[] = [];

  readonly window = {
    createQuickPick: () => this.add(new Pick()),
    createInputBox: () => this.add(new Box()),
  };

  async pick(): Promise<Pick> {
    return (await this.next()) as Pick;
  }

  async box(): Promise<Box> {
    return (await this.next()) as Box;
  }

  private add<T extends Pick | Box>(input: T): T {
    this.shown.push(input);
    return input;
  }

  /** The next one, oldest first, filled. */
  private async next(): Promise<Pick | Box> {
    for (;;) {
      const [first] = this.shown;
      if (first?.isShown && !first.busy) {
        this.shown.shift();
        return first;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
