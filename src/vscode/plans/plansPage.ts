/** Explained plans as a page: what was measured, and of each configuration what was chosen, why, and what it costs. */
import { t } from '@vscode/l10n';
import type { Fingerprint } from '../../method/fingerprint';
import type { Plans } from '../../method/plans';
import { gigabytes } from '../../pipeline/resources';
import type { TrainingCost } from '../../pipeline/trainingCost';
import { drawingStyle } from '../../report/drawingStyle';
import type { Choice } from '../../report/plans/explained';
import type { ExplainedConfiguration, ExplainedPlans } from '../../report/plans/explainPlans';
import { patchPicture, spacingPicture, stagesPicture } from '../../report/plans/planPictures';
import { formatDuration } from '../../runs/duration';
import { escaped } from '../../words/escaped';
import { threeDigits } from '../../words/quantities';
import { staticPage, type StaticPage } from '../staticPage';

export interface PlansPageOptions extends StaticPage {
  /** Where "Open as JSON" leads. */
  openJson: string;
  /** Where "New Configuration…" leads; absent where none can be added. */
  newConfiguration?: (from: string) => string;
}

interface Drawn {
  plans: Plans;
  fingerprint?: Fingerprint;
  /** The memory that was planned for. */
  plannedGigabytes?: number;
}

export function plansPage(explained: ExplainedPlans, drawn: Drawn, options: PlansPageOptions): string {
  const parts = [
    `<h1>${escaped(explained.dataset)}: ${escaped(explained.plansName)}</h1>`,
    ...explained.text.map((line) => `<p>${escaped(line)}</p>`),
    heading(t('What was measured')),
    rows(explained.measured),
    drawn.fingerprint
      ? figure(spacingPicture(drawn.fingerprint), t('Spacing of each case, and the one that all are resampled to.'))
      : '',
    ...explained.configurations.map((one) => configuration(one, drawn, options)),
    `<p><a href="${escaped(options.openJson)}">${escaped(t('Open as JSON'))}</a></p>`,
  ];
  return staticPage(parts.join('\n'), options, rules + drawingStyle('main'));
}

function configuration(
  one: ExplainedConfiguration,
  { plans, plannedGigabytes }: Drawn,
  options: PlansPageOptions,
): string {
  const { name, problem, text, choices, cost, configuration: planned } = one;
  const isSecondStage = typeof planned?.previous_stage === 'string';
  const link = options.newConfiguration && planned && !isSecondStage ? options.newConfiguration(name) : undefined;
  return [
    `<section><h2 class="configuration">${escaped(name)}</h2>`,
    `<p>${escaped(text)}</p>`,
    problem === undefined ? '' : `<p role="alert">${escaped(problem)}</p>`,
    planned ? pictures(one, plans) : '',
    choices.length > 0 ? `<table class="choices">${choices.map(choiceRow).join('')}</table>` : '',
    cost ? `<h3>${escaped(t('What training takes'))}</h3>${rows(costRows(cost, plannedGigabytes))}` : '',
    link === undefined
      ? ''
      : `<p><a class="button" href="${escaped(link)}">${escaped(t('New Configuration from {0}…', name))}</a></p>`,
    '</section>',
  ].join('\n');
}

function pictures({ configuration: planned }: ExplainedConfiguration, plans: Plans): string {
  return `<div class="pictures">${figure(patchPicture(planned!, plans), t('The patch within the median image, to scale.'), 'patch-figure')}${figure(
    stagesPicture(planned!, plans),
    t('The network: edges are halved on the way down, and come back on the way up.'),
  )}</div>`;
}

function choiceRow({ topic, choice, why }: Choice): string {
  const reasons = why.map((reason) => `<p>${escaped(reason)}</p>`).join('');
  return `<tr><th scope="row">${escaped(topic)}</th><td><strong>${escaped(choice)}</strong>${reasons}</td></tr>`;
}

export function costRows(cost: TrainingCost, plannedGigabytes?: number): [string, string][] {
  const { gpuGigabytes, memoryBytes, secondsPerEpoch, checkpointBytes, weights } = cost;
  const gpu = gpuGigabytes === undefined ? undefined : t('{0} GB', threeDigits(gpuGigabytes));
  const ofPlanned = gpu !== undefined && plannedGigabytes !== undefined;
  const all: [string, string | undefined][] = [
    [t('GPU memory'), ofPlanned ? t('{0} of the {1} GB that were planned for', gpu, plannedGigabytes) : gpu],
    [t('Memory on the processor'), t('about {0}', gigabytes(memoryBytes))],
    [t("An epoch on this machine's processor"), t('about {0}', formatDuration(secondsPerEpoch))],
    [t('Checkpoints of a fold'), t('about {0}', gigabytes(checkpointBytes))],
    [t('Weights'), t('about {0} million', threeDigits(weights / 1e6))],
  ];
  return all.filter((row): row is [string, string] => row[1] !== undefined);
}

/** @param lines what happened, where, what to do */
export function plansFailurePage(name: string, lines: readonly string[], options: PlansPageOptions): string {
  const text = lines.map((line, index) => `<p${index === 0 ? ' role="alert"' : ''}>${escaped(line)}</p>`).join('\n');
  const link = `<p><a href="${escaped(options.openJson)}">${escaped(t('Open as JSON'))}</a></p>`;
  return staticPage(`<h1>${escaped(name)}</h1>\n${heading(t("These plans can't be read"))}\n${text}\n${link}`, options);
}

const heading = (words: string): string => `<h2>${escaped(words)}</h2>`;

function rows(all: readonly (readonly [string, string])[]): string {
  const lines = all.map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`);
  return `<table>${lines.join('')}</table>`;
}

function figure(svg: string, caption: string, kind = ''): string {
  return `<figure class="${kind}">${svg}<figcaption>${escaped(caption)}</figcaption></figure>`;
}

const rules = `main { max-width: 60em; }
h2.configuration { font-size: 1.35em; margin-top: 2em; padding-top: 0.8em; border-top: 1px solid var(--vscode-widget-border, var(--vscode-panel-border, currentcolor)); }
h3 { font-size: 1.05em; font-weight: 600; margin: 1.4em 0 0.2em; }
figure { margin: 0.8em 0; }
figcaption { color: var(--vscode-descriptionForeground); font-size: 0.95em; }
.pictures { display: flex; flex-wrap: wrap; gap: 1em 2em; align-items: end; }
.pictures figure { flex: 1 1 26em; }
.pictures .patch-figure { flex: 0 1 22em; }
.choices td p { margin: 0.15em 0; color: var(--vscode-descriptionForeground); }
.choices th { width: 8em; }
a { color: var(--vscode-textLink-foreground); }
a.button { color: var(--vscode-button-foreground); }
a:focus { outline: 1px solid var(--vscode-focusBorder); }
`;
