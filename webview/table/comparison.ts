/** What came of comparing two rows, below the table. */
import type { TableComparison } from '../../src/protocol/table';
import { tableElement } from './element';

export function drawComparison({ title, text, columns, rows }: TableComparison): HTMLElement[] {
  const heading = document.createElement('h2');
  heading.textContent = title;
  const lines = text.map((line) => {
    const paragraph = document.createElement('p');
    paragraph.textContent = line;
    return paragraph;
  });
  const wide = document.createElement('div');
  wide.className = 'wide';
  wide.append(tableElement({ columns, rows }));
  return [heading, ...lines, wide];
}
