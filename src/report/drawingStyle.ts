/** How our drawings look on a page: lines in the page's colour, models in colours of their own. */
import { colours } from './charts';

/** Tol's bright colours: told apart by people who see few. */
const modelColours = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377'];

/** @param within  CSS selector of what holds the drawings */
export function drawingStyle(within: string): string {
  const rules = [
    'svg { display: block; width: 100%; max-width: 48em; }',
    'svg text { fill: currentcolor; font-size: 11px; }',
    'svg line { stroke: currentcolor; }',
    'svg .grid { opacity: 0.2; }',
    'svg .zero { opacity: 0.6; }',
    'svg .limit { stroke-dasharray: 5 4; opacity: 0.7; }',
    'svg rect { fill: currentcolor; fill-opacity: 0.35; stroke: currentcolor; }',
    'svg rect.outline { fill-opacity: 0.15; }',
    'svg rect.patch { fill-opacity: 0.3; }',
    'svg .middle { stroke-width: 2.5; }',
    'svg circle { fill: currentcolor; fill-opacity: 0.7; }',
    ...modelColours.slice(0, colours).map((colour, at) => `.model${at} { color: ${colour}; }`),
  ];
  return rules.map((rule) => `${within} ${rule}\n`).join('');
}
