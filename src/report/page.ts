/** The report as a page without scripts: tables, charts and pictures, in light and in dark; nothing comes from elsewhere. */
import { t } from '@vscode/l10n';
import { createHash } from 'node:crypto';
import { escaped } from '../words/escaped';
import { counted } from '../words/counted';
import { millilitres } from '../words/quantities';
import { blandAltman, boxPlots, colours } from './charts';
import { drawingStyle } from './drawingStyle';
import { outlineColours } from './drawSlice';
import type { Comparison, MeanValues, Report, ReportCase, ReportModel } from './report';

/** So many cases of each model stand in its table; report.csv has all. */
const mostRows = 200;

/** A whole file. */
export function reportPage(report: Report): string {
  const hash = createHash('sha256').update(reportStyle).digest('base64');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:">
<title>${escaped(report.title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main class="report">
${reportBody(report)}
</main>
</body>
</html>
`;
}

/** What stands in the page, for a page that has its own head. */
export function reportBody(report: Report): string {
  const { title, created, models, labels, surfaces, remarks } = report;
  return [
    `<h1>${escaped(title)}</h1>`,
    `<p class="quiet">${escaped(created.slice(0, 10))}; ${models.map(({ cases }) => counted(cases.length, 'case')).join(', ')}</p>`,
    ...remarks.map((remark) => `<p role="note">${escaped(remark)}</p>`),
    models.length > 1 ? legend(models) : '',
    heading(t('Means over the cases')),
    means(report),
    heading('Dice'),
    boxPlots(
      labels.map(({ key, name }) => ({ name, boxes: models.map((model) => model.labels[key]?.diceBox) })),
      t('Dice of each label: quartiles, whiskers to 1.5 times their distance, and outliers'),
      [0, 1],
    ),
    ...(surfaces
      ? [
          heading(`HD95 (${surfaces.unit})`),
          boxPlots(
            labels.map(({ key, name }) => ({ name, boxes: models.map((model) => model.labels[key]?.distanceBox) })),
            t('HD95 of each label; infinite distances are left out'),
          ),
        ]
      : []),
    ...volumes(report),
    ...report.comparisons.map(comparison),
    ...models.map((model) => cases(model, report)),
    ...models.filter(({ facts }) => facts.length > 0).map(facts),
  ].join('\n');
}

const heading = (words: string): string => `<h2>${escaped(words)}</h2>`;
const quiet = (words: string): string => `<p class="quiet">${escaped(words)}</p>`;

function legend(models: readonly ReportModel[]): string {
  const items = models.map(({ name }, at) => {
    return `<li class="model${at % colours}"><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12"/></svg> ${escaped(name)}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

function means({ models, labels, surfaces }: Report): string {
  const heads = [t('Label'), t('Model'), 'Dice', t('SD'), 'IoU', ...distanceHeads(surfaces), t('Cases')];
  if (surfaces) heads.push(t('Found in one mask only'));
  const rows = labels.flatMap(({ key, name }) =>
    models.flatMap((model) => {
      const values = model.labels[key];
      if (!values) return [];
      const shown = [fixed(values.Dice, 4), fixed(values.diceDeviation, 4), fixed(values.IoU, 4)];
      const counts = [String(values.cases), ...(surfaces ? [String(values.infinite)] : [])];
      return [[name, model.name, ...shown, ...distances(values, surfaces), ...counts]];
    }),
  );
  const overall = models.map(({ name, foreground }) => {
    const shown = [fixed(foreground.Dice, 4), '', fixed(foreground.IoU, 4)];
    return [t('Mean'), name, ...shown, ...distances(foreground, surfaces), '', ...(surfaces ? [''] : [])];
  });
  return table(heads, [...rows, ...overall]);
}

function distanceHeads(surfaces: Report['surfaces']): string[] {
  if (!surfaces) return [];
  const { unit, tolerance } = surfaces;
  return [`HD95 (${unit})`, `ASSD (${unit})`, `NSD (${tolerance} ${unit})`];
}

function distances({ HD95, ASSD, NSD }: MeanValues, surfaces: Report['surfaces']): string[] {
  return surfaces ? [fixed(HD95, 2), fixed(ASSD, 2), fixed(NSD, 4)] : [];
}

function volumes({ models, labels, volumeUnit }: Report): string[] {
  return labels.flatMap(({ key, name }) => {
    const points = models.flatMap(({ cases }, model) =>
      cases.flatMap(({ labels: byKey }) => {
        const { volumePredicted: predicted, volumeReference: reference } = byKey[key] ?? {};
        return predicted === undefined || reference === undefined || predicted + reference === 0
          ? []
          : [{ model, predicted, reference }];
      }),
    );
    if (points.length === 0) return [];
    const agreements = models.map((model) => model.labels[key]?.volumes);
    const words = models.flatMap((model, at) => {
      const one = agreements[at];
      if (!one) return [];
      const [bias, lower, upper] = [one.bias, one.lower, one.upper].map(signed);
      return [
        t('{0}: {1} {4} on average, 95 % between {2} and {3} {4}.', model.name, bias!, lower!, upper!, volumeUnit),
      ];
    });
    return [
      heading(t('Volume of {0}', name)),
      quiet(t('Predicted minus reference, over the mean of both (Bland and Altman).')),
      blandAltman(points, agreements, t('Predicted minus reference volume of {0}', name), volumeUnit),
      ...words.map((line) => `<p>${escaped(line)}</p>`),
    ];
  });
}

const signed = (value: number): string => (value < 0 ? '−' : '+') + millilitres(Math.abs(value));

function comparison({ first, second, rows }: Comparison): string {
  const heads = [t('Label'), t('Cases'), t('Mean difference'), t('Median difference'), 'p'];
  const body = rows.map(({ name, cases: count, mean, median, test }, at) => {
    const p = test ? `${probability(test.pValue)}${test.isExact ? ` ${t('(exact)')}` : ''}` : '';
    return [at === rows.length - 1 ? t('Mean of the case') : name, String(count), fixed(mean, 4), fixed(median, 4), p];
  });
  const test = t(
    "Cases that both have. p is that of Wilcoxon's signed-rank test, two-sided, not corrected for the number of rows.",
  );
  return [heading(t('Dice of {0} minus {1}', second, first)), quiet(test), table(heads, body)].join('\n');
}

const probability = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toFixed(4));

function cases(model: ReportModel, { labels, surfaces, volumeUnit }: Report): string {
  const heads = [
    ...[t('Case'), 'Dice', ...labels.map(({ name }) => `Dice ${name}`)],
    ...(surfaces ? labels.map(({ name }) => `HD95 ${name} (${surfaces.unit})`) : []),
    ...labels.map(({ name }) => t('{0}, predicted / reference ({1})', name, volumeUnit)),
  ];
  const shown = model.cases.slice(0, mostRows);
  const rows = shown.map(({ id, meanDice, labels: byKey }) => [
    ...[id, fixed(meanDice, 4), ...labels.map(({ key }) => fixed(byKey[key]?.Dice, 4))],
    ...(surfaces ? labels.map(({ key }) => distanceText(byKey[key]?.HD95)) : []),
    ...labels.map(({ key }) => volumeText(byKey[key])),
  ]);
  const left = model.cases.length - shown.length;
  return [
    heading(t('Cases of {0}, the worst first', model.name)),
    ...model.cases.filter(({ pictures }) => pictures && pictures.length > 0).map(pictures),
    table(heads, rows),
    left > 0 ? quiet(t('{0} are left out here: {1} has all.', counted(left, 'case'), 'report.csv')) : '',
  ].join('\n');
}

function pictures({ id, meanDice, pictures: drawn = [] }: ReportCase): string {
  const images = drawn.map(({ name, png, width, height }) => {
    return `<img src="data:image/png;base64,${png}" width="${width}" height="${height}" alt="${escaped(`${id}, ${name}`)}" title="${escaped(name)}">`;
  });
  return `<figure><div>${images.join('')}</div><figcaption>${escaped(id)}: Dice ${fixed(meanDice, 4)}; <span class="reference">${escaped(t('reference'))}</span>, <span class="prediction">${escaped(t('prediction'))}</span></figcaption></figure>`;
}

function facts({ name, facts: found }: ReportModel): string {
  return `${heading(t('How {0} was made', name))}\n${table(
    ['', ''],
    found.map((row) => [...row]),
  )}`;
}

const fixed = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '';

function distanceText(value: number | 'infinite' | null | undefined): string {
  return value === 'infinite' ? '∞' : fixed(value, 2);
}

function volumeText(values: ReportCase['labels'][string] | undefined): string {
  const { volumePredicted: predicted, volumeReference: reference } = values ?? {};
  return predicted === undefined || reference === undefined
    ? ''
    : `${millilitres(predicted)} / ${millilitres(reference)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map(([first = '', ...rest]) => {
    return `<tr><th scope="row">${escaped(first)}</th>${rest.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

const [referenceColour, predictionColour] = [outlineColours.reference, outlineColours.prediction].map(
  (parts) => `rgb(${parts.join(' ')})`,
);

/** In VS Code its colours, elsewhere those of the system. */
export const reportStyle = `
:root { color-scheme: light dark; }
body { margin: 0 1em; font: 14px/1.5 var(--vscode-font-family, system-ui, sans-serif); color: var(--vscode-foreground, CanvasText);
  background: var(--vscode-editor-background, Canvas); }
.report { max-width: 72em; margin: 1.5em auto; }
.report h1 { font-size: 1.7em; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
.report h2 { font-size: 1.15em; font-weight: 600; margin: 1.8em 0 0.4em; overflow-wrap: anywhere; }
.report .quiet, .report figcaption { opacity: 0.8; }
.report .wide { overflow-x: auto; }
.report table { border-collapse: collapse; }
.report tr { border-bottom: 1px solid color-mix(in srgb, currentcolor 20%, transparent); }
.report th, .report td { padding: 0.2em 1.2em 0.2em 0; text-align: end; white-space: nowrap; font-weight: normal; font-variant-numeric: tabular-nums; }
.report thead th { opacity: 0.8; }
.report th:first-child, .report th[scope=row] { text-align: start; }
${drawingStyle('.report')}.report .legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1.5em; }
.report .legend svg { display: inline-block; width: 0.9em; height: 0.9em; vertical-align: -0.1em; }
.report figure { margin: 0 0 1em; }
.report figure div { display: flex; flex-wrap: wrap; gap: 4px; background: #000; width: fit-content; max-width: 100%; }
.report img { object-fit: contain; }
.report .reference, .report .prediction { padding: 0 0.4em; color: #000; }
.report .reference { background: ${referenceColour}; }
.report .prediction { background: ${predictionColour}; }
`;
