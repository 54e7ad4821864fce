/** How a node of the explorer looks: its words, its icon, its tooltip, and what can be done with it. Without VS Code's types. */
import { t } from '@vscode/l10n';
import { basename } from 'node:path';
import { counted } from '../../words/counted';
import { getConfiguration, type Configuration } from '../../method/plans';
import { formatDuration } from '../../runs/duration';
import { chosenFacts, chosenName } from '../../runs/chosenWords';
import { rowLine, stageTitle, statusLine } from '../../runs/describe';
import { sparkline } from '../../runs/sparkline';
import type { RunStatus } from '../../jobs/status';
import { escapeMarkdown } from '../plainWords';
import type {
  BestModelNode,
  CaseNode,
  ConfigurationNode,
  DatasetNode,
  ExplorerNode,
  FileNode,
  FoldNode,
  ModelNode,
  PageNode,
  ValidationCaseNode,
} from './nodes';
import type { Appearance } from './appearance';
import { sourceText } from './rootSources';
import { ofPredictions } from './presentPrediction';

const red = 'list.errorForeground';
const yellow = 'list.warningForeground';

export function appearance(node: ExplorerNode): Appearance {
  switch (node.kind) {
    case 'dataset':
      return ofDataset(node);
    case 'cases': {
      const label = node.which === 'training' ? t('Training cases') : t('Test cases');
      return {
        label,
        description: [String(node.count), findingsText(node)].filter(Boolean).join(' · '),
        ...(findingsIcon(node) ?? { icon: 'files' }),
        context: `cases.${node.which}`,
        expandable: true,
      };
    }
    case 'page':
      return {
        label: pageLabel(node),
        description: [String(node.nodes.length), findingsText(node)].filter(Boolean).join(' · '),
        ...(findingsIcon(node) ?? { icon: 'ellipsis' }),
        context: 'page',
        expandable: true,
      };
    case 'case':
      return ofCase(node);
    case 'file':
      return ofFile(node);
    case 'configuration':
      return ofConfiguration(node);
    case 'fold':
      return ofFold(node);
    case 'validationCase':
      return ofValidationCase(node);
    case 'bestModel':
      return ofBestModel(node);
    case 'model':
      return ofModel(node);
    case 'predictions':
      return ofPredictions(node);
    case 'unreadable':
      return {
        label: node.message,
        tooltip: escapeMarkdown(node.path),
        icon: 'error',
        color: red,
        context: 'unreadable',
        expandable: false,
      };
    case 'problem':
      return {
        label: node.message,
        tooltip: [escapeMarkdown(node.message), node.file && escapeMarkdown(node.file)].filter(Boolean).join('\n\n'),
        icon: 'error',
        color: red,
        context: 'problem',
        expandable: false,
      };
  }
}

/** By what its list is ordered: names, or Dice. */
function pageLabel({ nodes, first, last }: PageNode): string {
  const ends = [nodes[0]!, nodes.at(-1)!].map((node) => {
    return node.kind === 'validationCase' ? diceText(node.scored.meanDice) : undefined;
  });
  return ends[0] === undefined ? `${first} … ${last}` : ends.join(' … ');
}

function ofDataset(node: DatasetNode): Appearance {
  const { dataset, sources, caseCount, running, below } = node;
  const contents = below
    ? [countedIfAny(below.models, 'model'), countedIfAny(below.predictions, 'prediction')]
    : [caseCount === undefined ? t('no raw data') : counted(caseCount, 'case'), findingsText(node)];
  const description = [...contents, running > 0 ? t('{0} training', running) : '', dataset.place ?? ''].filter(Boolean);
  const places = (['raw', 'preprocessed', 'results'] as const).map((root) => {
    const where = dataset.exists[root] ? escapeMarkdown(dataset[root]) : `*${t('nothing yet')}*`;
    return `| ${root} | ${where} | ${sourceText(sources[root], root)} |`;
  });
  return {
    label: dataset.folderName,
    description: description.join(' · '),
    tooltip: `**${escapeMarkdown(dataset.folderName)}** ${description.join(' · ')}\n\n| | | |\n|---|---|---|\n${places.join('\n')}`,
    ...((below ? undefined : findingsIcon(node)) ?? (running > 0 ? { icon: 'sync~spin' } : { icon: 'database' })),
    context: ['dataset', ...(['raw', 'preprocessed', 'results'] as const).filter((root) => dataset.exists[root])].join(
      '.',
    ),
    expandable: true,
  };
}

function ofCase({ files, shortId = files.id, findings, which, channels }: CaseNode): Appearance {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const lines = findings.map(({ severity, message, fix }) => {
    return `- ${severity === 'error' ? '$(error)' : '$(warning)'} ${escapeMarkdown(message)}${fix ? ` *${t('Can be fixed: {0}', escapeMarkdown(fix))}*` : ''}`;
  });
  const images = files.images.map(
    (file, index) => `${escapeMarkdown(channels[index] ?? t('channel {0}', index))}: ${escapeMarkdown(file)}`,
  );
  return {
    label: shortId,
    description: findings[0]?.message,
    tooltip: [
      `**${escapeMarkdown(files.id)}**`,
      lines.join('\n'),
      images.join('  \n'),
      t('label: {0}', escapeMarkdown(files.label)),
    ]
      .filter(Boolean)
      .join('\n\n'),
    ...(findingsIcon({ errors, warnings }) ?? { icon: 'file-media' }),
    context: ['case', which, ...(findings.some(({ fix }) => fix) ? ['fixable'] : [])].join('.'),
    expandable: true,
    open: files.images[0] === undefined ? undefined : { file: files.images[0], mask: files.label },
    ...(shortId !== files.id && { spoken: [files.id, findings[0]?.message].filter(Boolean).join(', ') }),
  };
}

function ofFile({ role, file, title, partner }: FileNode): Appearance {
  return {
    label: title,
    description: role === 'prediction' ? undefined : basename(file),
    tooltip: escapeMarkdown(file),
    icon: role === 'channel' ? 'file-media' : 'symbol-color',
    context: `file.${role}`,
    expandable: false,
    open:
      role === 'channel' || partner === undefined
        ? { file, mask: role === 'channel' ? partner : undefined }
        : { file: partner, mask: file },
  };
}

function ofConfiguration({ plans, configuration, trainer, trained }: ConfigurationNode): Appearance {
  const isDefault = plans.name === 'nnUNetPlans' && trainer === 'nnUNetTrainer';
  const facts = plansFacts(plans.plans!, configuration);
  const described = [
    isDefault ? '' : [plans.name, trainer].filter((name) => name !== 'nnUNetTrainer').join(' · '),
    typeof facts === 'string'
      ? t('cannot be used')
      : t('patch {0}, batch {1}', facts.patch_size.join('×'), facts.batch_size),
  ];
  return {
    label: configuration,
    description: described.filter(Boolean).join(' · '),
    tooltip: typeof facts === 'string' ? escapeMarkdown(facts) : configurationTooltip(configuration, plans.name, facts),
    icon: typeof facts === 'string' ? 'error' : 'layers',
    color: typeof facts === 'string' ? red : undefined,
    context: ['configuration', ...(trained > 0 ? ['started'] : [])].join('.'),
    expandable: true,
  };
}

function plansFacts(plans: Parameters<typeof getConfiguration>[0], name: string): Configuration | string {
  try {
    return getConfiguration(plans, name);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Numbers as a person says them: patch and spacing by axis, the network in one line. */
function configurationTooltip(name: string, plansName: string, facts: Configuration): string {
  const { arch_kwargs, network_class_name } = facts.architecture;
  const features = arch_kwargs.features_per_stage;
  const rows: [string, string][] = [
    [t('Patch'), t('{0} voxels', facts.patch_size.join(' × '))],
    [t('Batch'), String(facts.batch_size)],
    [t('Spacing'), `${facts.spacing.map((mm) => Number(mm.toPrecision(4))).join(' × ')} mm`],
    [t('Median image'), t('{0} voxels', facts.median_image_size_in_voxels.map(Math.round).join(' × '))],
    [
      t('Network'),
      t('{0}, {1} stages, {2} features', network_class_name.split('.').at(-1)!, features.length, features.join('-')),
    ],
    [t('Normalization'), facts.normalization_schemes.map((scheme) => scheme.replace('Normalization', '')).join(', ')],
    [t('Dice loss'), facts.batch_dice ? t('over the batch') : t('per sample')],
  ];
  if (facts.previous_stage) rows.push([t('Cascade'), t('after {0}', facts.previous_stage)]);
  const table = rows.map(([key, value]) => `| ${key} | ${escapeMarkdown(value)} |`).join('\n');
  return `**${escapeMarkdown(name)}** (${escapeMarkdown(plansName)})\n\n| | |\n|---|---|\n${table}`;
}

const stateIcons: Record<RunStatus['state'], { icon: string; color?: string }> = {
  running: { icon: 'sync~spin', color: 'charts.blue' },
  finished: { icon: 'pass-filled', color: 'charts.green' },
  stopped: { icon: 'debug-stop', color: yellow },
  failed: { icon: 'error', color: red },
  interrupted: { icon: 'debug-disconnect', color: yellow },
};

function ofFold(node: FoldNode): Appearance {
  const { state, fold, folder, hasValidation } = node;
  const { status, problem } = state;
  const label = foldLabel(fold);
  if (problem !== undefined) {
    return {
      label,
      description: t('cannot be read: {0}', problem),
      tooltip: `${escapeMarkdown(problem)}\n\n${escapeMarkdown(folder)}`,
      icon: 'error',
      color: red,
      context: 'fold.unreadable',
      expandable: false,
    };
  }
  if (!status) {
    return {
      label,
      description: t('not trained'),
      icon: 'circle-large-outline',
      context: 'fold.untrained',
      expandable: false,
      tooltip: t('{0} is not trained yet.', `**${label}**`),
    };
  }
  return {
    label,
    description: rowLine(status, state.seconds),
    tooltip: foldTooltip(node),
    ...stateIcons[status.state],
    context: ['fold', status.state, ...(hasValidation ? ['validated'] : [])].join('.'),
    expandable: hasValidation,
    spoken: `${label}, ${statusLine(status)}`,
  };
}

function foldTooltip({ fold, folder, state }: FoldNode): string {
  const { status, emaDice, seconds } = state;
  const curve = sparkline(emaDice);
  const { stage, host, pid, startedAt, error, secondsPerEpoch } = status!;
  return [
    `**${foldLabel(fold)}** ${escapeMarkdown(statusLine(status!))}`,
    curve && `Dice \`${curve}\``,
    status!.state === 'running' && stage
      ? t('{0} on {1}, process {2}', escapeMarkdown(stageTitle(stage)), escapeMarkdown(host ?? ''), pid ?? '')
      : '',
    startedAt && t('Started {0} UTC', startedAt.slice(0, 16).replace('T', ' ')),
    seconds > 0 && t('{0} of training, {1} an epoch', formatDuration(seconds), formatDuration(secondsPerEpoch ?? 0)),
    error && `$(error) ${escapeMarkdown(error.message)} ${escapeMarkdown(error.hint)}`,
    escapeMarkdown(folder),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function ofValidationCase({ scored, shortId = scored.id, files, classNames }: ValidationCaseNode): Appearance {
  const rows = Object.entries(scored.dice)
    .filter(([key]) => key !== '0')
    .map(([key, dice]) => `| ${escapeMarkdown(classNames[key] ?? key)} | ${diceText(dice)} |`);
  const image = files?.images[0];
  return {
    // The value first: long names are cut at their end.
    label: `${diceText(scored.meanDice)} ${shortId}`,
    tooltip: `**${escapeMarkdown(scored.id)}**\n\n| Dice | |\n|---|---|\n${rows.join('\n')}\n\n${escapeMarkdown(scored.prediction)}`,
    ...(scored.meanDice < 0.5
      ? { icon: 'arrow-down', color: red }
      : scored.meanDice < 0.8
        ? { icon: 'arrow-down', color: yellow }
        : { icon: 'symbol-color' }),
    context: 'validationCase',
    expandable: false,
    open: image === undefined ? { file: scored.prediction } : { file: image, mask: scored.prediction },
    spoken: `${scored.id}, Dice ${diceText(scored.meanDice)}`,
  };
}

function ofBestModel({ dataset, chosen }: BestModelNode): Appearance {
  const label = t('Best model: {0}', chosenName(chosen));
  const facts = chosenFacts(chosen);
  return {
    label,
    description: facts,
    tooltip: [
      `**${escapeMarkdown(label)}** ${escapeMarkdown(facts)}`,
      t('Chosen by cross-validation. A click tells why.'),
      ...chosen.members.map(escapeMarkdown),
    ].join('\n\n'),
    icon: 'star-full',
    color: 'charts.yellow',
    context: 'bestModel',
    expandable: false,
    click: 'nnunet.showBestModel',
    spoken: `${label}, ${facts}, ${dataset.folderName}`,
  };
}

function ofModel({ model, finished, running, meanDice }: ModelNode): Appearance {
  const { trainer, plans, configuration, folds, folder } = model;
  const names = [plans === 'nnUNetPlans' ? '' : plans, trainer === 'nnUNetTrainer' ? '' : trainer].filter(Boolean);
  return {
    label: configuration,
    description: [
      meanDice === undefined ? '' : `Dice ${meanDice.toFixed(3)}`,
      ...names,
      t('{0} of {1} finished', finished, counted(folds.length, 'fold')),
    ]
      .filter(Boolean)
      .join(' · '),
    tooltip: [
      `**${escapeMarkdown(configuration)}**`,
      t('Trainer {0}, plans {1}', escapeMarkdown(trainer), escapeMarkdown(plans)),
      escapeMarkdown(folder),
    ].join('\n\n'),
    icon: running > 0 ? 'sync~spin' : 'symbol-class',
    context: ['model', ...(finished > 0 ? ['usable'] : [])].join('.'),
    expandable: true,
  };
}

function foldLabel(fold: FoldNode['fold']): string {
  return fold === 'all' ? t('All cases') : t('Fold {0}', fold);
}

function countedIfAny(count: number, noun: string): string {
  return count === 0 ? '' : counted(count, noun);
}

function findingsText({ errors, warnings }: { errors: number; warnings: number }): string {
  return [countedIfAny(errors, 'error'), countedIfAny(warnings, 'warning')].filter(Boolean).join(', ');
}

function findingsIcon({ errors, warnings }: { errors: number; warnings: number }) {
  if (errors > 0) return { icon: 'error', color: red };
  return warnings > 0 ? { icon: 'warning', color: yellow } : undefined;
}

export function diceText(dice: number): string {
  return Number.isNaN(dice) ? t('absent') : dice.toFixed(3);
}
