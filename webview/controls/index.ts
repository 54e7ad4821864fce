/**
 * The controls of all our pages: buttons, checkboxes, dropdowns, numbers and what goes with them. The only module that knows
 * @vscode/webview-ui-toolkit, which is archived: whoever replaces it changes this folder and nothing else.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  type Button,
  type Checkbox,
  type Dropdown,
} from '@vscode/webview-ui-toolkit';
import './controls.css';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeProgressRing(),
);

/** A control on the page, and what a page may ask of it. */
export interface Control<Value> {
  readonly element: HTMLElement;
  value: Value;
  disabled: boolean;
}

interface ButtonOptions {
  label: string;
  onClick: () => void;
  /** Longer words for the tooltip and for screen readers. */
  title?: string;
  appearance?: 'primary' | 'secondary' | 'icon';
  /** SVG path data in a 16 × 16 box, shown instead of the label. */
  icon?: string;
}

export interface ButtonControl {
  readonly element: HTMLElement;
  label: string;
  disabled: boolean;
  /** For buttons that stay down; undefined for the others. */
  pressed: boolean | undefined;
}

export function button({ label, onClick, title, appearance, icon }: ButtonOptions): ButtonControl {
  const element = document.createElement('vscode-button') as Button;
  element.setAttribute('appearance', appearance ?? (icon ? 'icon' : 'secondary'));
  const show = (text: string): void => {
    const name = title ?? text;
    element.title = name;
    element.setAttribute('aria-label', name);
    if (icon) element.replaceChildren(iconElement(icon));
    else element.textContent = text;
  };
  show(label);
  element.addEventListener('click', () => {
    if (!element.disabled) onClick();
  });
  return {
    element,
    get label() {
      return label;
    },
    set label(text) {
      label = text;
      show(text);
    },
    get disabled() {
      return element.disabled;
    },
    set disabled(isDisabled) {
      element.disabled = isDisabled;
    },
    get pressed() {
      const state = element.getAttribute('aria-pressed');
      return state === null ? undefined : state === 'true';
    },
    set pressed(state) {
      if (state === undefined) element.removeAttribute('aria-pressed');
      else element.setAttribute('aria-pressed', String(state));
    },
  };
}

interface CheckboxOptions {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  title?: string;
  /** Goes before the label: a swatch of the line's colour, say. */
  mark?: Element;
  /** Takes the place of the label's plain text. */
  content?: Element;
}

export function checkbox({ label, checked, onChange, title, mark, content }: CheckboxOptions): Control<boolean> {
  const element = document.createElement('vscode-checkbox') as Checkbox;
  element.checked = checked;
  const text = content ?? document.createElement('span');
  if (!content) text.textContent = label;
  // Words that are not there would take room beside the box.
  if (mark) element.append(mark);
  if (content || label !== '') element.append(text);
  element.setAttribute('aria-label', title ?? label);
  if (title) element.title = title;
  let silent = false;
  element.addEventListener('change', () => {
    if (!silent) onChange(element.checked);
  });
  return {
    element,
    get value() {
      return element.checked;
    },
    set value(isChecked) {
      // The toolkit announces what a program sets, too; callers want to hear of people only.
      silent = true;
      element.checked = isChecked;
      silent = false;
    },
    get disabled() {
      return element.disabled;
    },
    set disabled(isDisabled) {
      element.disabled = isDisabled;
    },
  };
}

export interface Choice<Value extends string> {
  value: Value;
  label: string;
}

interface DropdownOptions<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  /** False where the label is for screen readers only. */
  showsLabel?: boolean;
}

interface DropdownControl<Value extends string> extends Control<Value> {
  setChoices(choices: readonly Choice<Value>[], value: Value): void;
}

let nextId = 1;

export function dropdown<Value extends string>(options: DropdownOptions<Value>): DropdownControl<Value> {
  const { label, onChange, showsLabel = true } = options;
  const select = document.createElement('vscode-dropdown') as Dropdown;
  const id = `control-${nextId++}`;
  select.id = id;
  select.setAttribute('aria-label', label);
  const element = document.createElement('span');
  element.className = 'control-labelled';
  if (showsLabel) {
    const caption = document.createElement('label');
    caption.htmlFor = id;
    caption.textContent = label;
    element.append(caption);
  }
  element.append(select);

  let current = options.value;
  const setChoices = (choices: readonly Choice<Value>[], value: Value): void => {
    current = value;
    select.replaceChildren(
      ...choices.map((choice) => {
        const option = document.createElement('vscode-option') as HTMLOptionElement;
        option.value = choice.value;
        option.textContent = choice.label;
        option.toggleAttribute('selected', choice.value === value);
        return option;
      }),
    );
    select.value = value;
  };
  setChoices(options.choices, options.value);
  select.addEventListener('change', () => {
    const value = select.value as Value;
    if (value === current) return;
    current = value;
    onChange(value);
  });
  return {
    element,
    setChoices,
    get value() {
      return current;
    },
    set value(value) {
      current = value;
      select.value = value;
    },
    get disabled() {
      return select.disabled;
    },
    set disabled(isDisabled) {
      select.disabled = isDisabled;
    },
  };
}

interface NumberFieldOptions {
  label: string;
  value: number;
  onChange: (value: number) => void;
  title?: string;
}

/** A number to read and to type; what is no number is taken back. The toolkit has none in this size. */
export function numberField({ label, value, onChange, title }: NumberFieldOptions): Control<number> {
  const input = document.createElement('input');
  input.type = 'number';
  input.step = 'any';
  input.className = 'control-number';
  input.title = title ?? label;
  input.setAttribute('aria-label', title ?? label);
  let current = value;
  const show = (): void => {
    input.value = String(current);
  };
  show();
  input.addEventListener('change', () => {
    const typed = input.valueAsNumber;
    if (Number.isFinite(typed)) {
      current = typed;
      onChange(typed);
    }
    show();
  });
  const element = document.createElement('label');
  element.className = 'control-labelled';
  element.append(label, input);
  return {
    element,
    get value() {
      return current;
    },
    set value(next) {
      current = next;
      // What is being typed is the person's until they are done.
      if (document.activeElement !== input) show();
    },
    get disabled() {
      return input.disabled;
    },
    set disabled(isDisabled) {
      input.disabled = isDisabled;
    },
  };
}

interface SliderOptions {
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  onInput: (value: number) => void;
  showsLabel?: boolean;
  /** Also beside the slider, not only for screen readers and in the tooltip. */
  showsValue?: boolean;
  /** The value in words. */
  describe?: (value: number) => string;
}

/** The toolkit has no slider: the browser's own, in the theme's colours. */
export function slider(options: SliderOptions): Control<number> {
  const { label, onInput, showsLabel = true, showsValue = false, describe = String } = options;
  const input = document.createElement('input');
  input.type = 'range';
  input.min = String(options.min);
  input.max = String(options.max);
  input.step = String(options.step);
  input.value = String(options.value);
  input.setAttribute('aria-label', label);
  const written = document.createElement('span');
  written.className = 'written';
  written.setAttribute('aria-hidden', 'true');
  const tell = (): void => {
    const words = describe(input.valueAsNumber);
    written.textContent = words;
    input.setAttribute('aria-valuetext', words);
    input.title = `${label}: ${words}`;
  };
  tell();
  const element = document.createElement('label');
  element.className = 'control-labelled control-slider';
  if (showsLabel) element.append(label);
  element.append(input);
  if (showsValue) element.append(written);
  input.addEventListener('input', () => {
    tell();
    onInput(input.valueAsNumber);
  });
  return {
    element,
    get value() {
      return input.valueAsNumber;
    },
    set value(value) {
      input.value = String(value);
      tell();
    },
    get disabled() {
      return input.disabled;
    },
    set disabled(isDisabled) {
      input.disabled = isDisabled;
    },
  };
}

/** A turning ring with words beside it, for work that takes longer than a blink. */
export function progressRing(label: string): HTMLElement {
  const element = document.createElement('span');
  element.className = 'control-progress';
  element.setAttribute('role', 'status');
  const ring = document.createElement('vscode-progress-ring');
  ring.setAttribute('aria-hidden', 'true');
  const text = document.createElement('span');
  text.textContent = label;
  element.append(ring, text);
  return element;
}

/** @param path  SVG path data in a 16 × 16 box; drawn in the text's colour */
export function iconElement(path: string): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('width', '16');
  svg.setAttribute('height', '16');
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS(namespace, 'path');
  shape.setAttribute('d', path);
  shape.setAttribute('fill', 'currentColor');
  svg.append(shape);
  return svg;
}

/** The theme in use, by the classes that VS Code puts on the page's body. */
export type ThemeKind = 'dark' | 'light' | 'highContrast' | 'highContrastLight';

export function themeKind(): ThemeKind {
  const { classList } = document.body;
  if (classList.contains('vscode-high-contrast-light')) return 'highContrastLight';
  if (classList.contains('vscode-high-contrast')) return 'highContrast';
  return classList.contains('vscode-light') ? 'light' : 'dark';
}

/** Calls back when the person chooses another theme: what is painted on a canvas has to be painted again. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => observer.disconnect();
}

/** A colour of the theme, e.g. themeColor('--vscode-foreground', '#ccc'). */
export function themeColor(variable: string, fallback: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim() || fallback;
}
