/** The few shapes that all our drawings are made of, as SVG that stands in a page. Colours come from the page's style. */
import { escaped } from '../words/escaped';

/** @param title  what it shows, for those who can't see it */
export function drawing(title: string, [width, height]: readonly [number, number], parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${short(width)} ${short(height)}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, kind?: string): string {
  return `<line${named(kind)} x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"/>`;
}

export function rectangle(x: number, y: number, width: number, height: number, kind?: string): string {
  return `<rect${named(kind)} x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"/>`;
}

export function dot(x: number, y: number, radius: number, kind?: string): string {
  return `<circle${named(kind)} cx="${short(x)}" cy="${short(y)}" r="${radius}"/>`;
}

export function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

export function group(kind: string, parts: readonly string[]): string {
  return `<g class="${kind}">${parts.join('')}</g>`;
}

const named = (kind: string | undefined): string => (kind === undefined ? '' : ` class="${kind}"`);
const short = (value: number): string => String(Math.round(value * 10) / 10);
