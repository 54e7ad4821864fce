/** The report as a LaTeX table: a row for each label and one for their mean, the models side by side. */
import type { LabelStatistics, MeanValues, Report } from './report';

/** Needs \usepackage{booktabs}. */
export function reportLatex({ title, models, labels, surfaces }: Report): string {
  const measures: [name: string, text: (values: MeanValues & Partial<LabelStatistics>) => string][] = [
    ['Dice', ({ Dice, diceDeviation }) => withDeviation(Dice, diceDeviation, 4)],
    ['IoU', ({ IoU }) => fixed(IoU, 4)],
  ];
  if (surfaces) {
    measures.push([`HD95 (${surfaces.unit})`, ({ HD95 }) => fixed(HD95, 2)]);
    measures.push([`ASSD (${surfaces.unit})`, ({ ASSD }) => fixed(ASSD, 2)]);
    measures.push([`NSD at ${surfaces.tolerance} ${surfaces.unit}`, ({ NSD }) => fixed(NSD, 4)]);
  }
  const all = models.flatMap(() => measures);
  const row = (cells: readonly string[]): string => `    ${cells.join(' & ')} \\\\`;
  const groups = models.map(({ name }) => `\\multicolumn{${measures.length}}{c}{${escapedTex(name)}}`);
  return [
    '% \\usepackage{booktabs}',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapedTex(title)}: means over the cases (Dice with its standard deviation).}`,
    `  \\begin{tabular}{l${'r'.repeat(all.length)}}`,
    '    \\toprule',
    row(['', ...groups]),
    row(['Label', ...all.map(([name]) => escapedTex(name))]),
    '    \\midrule',
    ...labels.map(({ key, name }) =>
      row([
        escapedTex(name),
        ...models.flatMap((model) => measures.map(([, text]) => (model.labels[key] ? text(model.labels[key]) : '--'))),
      ]),
    ),
    '    \\midrule',
    row(['Mean', ...models.flatMap(({ foreground }) => measures.map(([, text]) => text(foreground)))]),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

function withDeviation(value: number | null, deviation: number | null | undefined, digits: number): string {
  return deviation === null || deviation === undefined
    ? fixed(value, digits)
    : `$${fixed(value, digits)} \\pm ${fixed(deviation, digits)}$`;
}

const fixed = (value: number | null, digits: number): string => (value === null ? '--' : value.toFixed(digits));

function escapedTex(text: string): string {
  const signs: Record<string, string> = {
    '\\': '\\textbackslash{}',
    '~': '\\textasciitilde{}',
    '^': '\\textasciicircum{}',
  };
  return text.replace(/[\\~^&%$#_{}]/g, (sign) => signs[sign] ?? `\\${sign}`);
}
