/** Makes elements of the page: any with class and children, and names that are shortened in the middle. */
import { toHex, type Colour } from './colours';
import { wordStart } from './shortened';

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function swatch(colour: Colour): HTMLElement {
  const mark = element('span', 'swatch');
  mark.style.background = toHex(colour);
  mark.setAttribute('aria-hidden', 'true');
  return mark;
}

/** About so much of a name's end stays when it is shortened: case numbers and endings of files are there. */
const keptEnd = 12;

/** A name that gives way in its middle where there is no room; `whole`, the path say, is in the tooltip. */
export function middleName(name: string, whole = name): HTMLElement {
  const made = element('span', 'middle-name');
  made.title = whole;
  const cut = wordStart(name, Math.max(0, name.length - keptEnd));
  if (cut < 4) made.append(element('span', 'end', name));
  else made.append(element('span', 'start', name.slice(0, cut)), element('span', 'end', name.slice(cut)));
  return made;
}

/** Each ends as a sentence does, also those that come without a full stop. */
const inSentences = (texts: readonly string[]): string =>
  texts
    .filter(Boolean)
    .map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`))
    .join(' ');

/** What went wrong, for everyone to hear; said in one place only (failures.ts). */
export function alertText(...sentences: string[]): HTMLElement {
  const made = element('p', 'error', inSentences(sentences));
  made.setAttribute('role', 'alert');
  return made;
}
