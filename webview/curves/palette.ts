/**
 * Line colours that people with any kind of colour vision can tell apart, on dark and on light ground (at least 3:1).
 * After Okabe and Ito's palette. Text, axes and backgrounds take the theme's colours.
 */
import type { ThemeKind } from '../controls';

const onDark = ['#56b4e9', '#f0a830', '#2fbf94', '#e48fc3', '#f0e442', '#ff8a4c', '#8fa8ff', '#c8c8c8'];
const onLight = ['#0072b2', '#c04f00', '#00795a', '#a8468c', '#7a6a00', '#5b4fc4', '#b3261e', '#5a5a5a'];

export function lineColor(kind: ThemeKind, index: number): string {
  const colors = kind === 'light' || kind === 'highContrastLight' ? onLight : onDark;
  return colors[index % colors.length]!;
}
