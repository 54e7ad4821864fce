/** Writes help from what the commands declare; Commander lays it out. */
import { Argument, Command as Commander, type Help, type Option } from 'commander';
import { commonOptions, type Command, type OptionSpec } from './command';
import { commanderOption, optionNames } from './options';

const width = 100;
const leftColumn = 34;

export function overview(commands: readonly Command[], version: string): string {
  const program = page('nnunet', () => 'nnunet COMMAND … [--root DIR] [--json] [--verbose] [--help]');
  for (const { name, summary } of commands) program.command(name).summary(summary);
  const before = [
    `nnunet ${version}: train and use nnU-Net segmentation models, without Python.`,
    '',
    'A first training, from scans to masks:',
    '  nnunet import my-scans --name Liver          images and labels -> nnUNet_raw/Dataset001_Liver',
    '  nnunet check 1                               is anything wrong with the data?',
    '  nnunet train 1 -c 3d_fullres -f 0            plans, preprocesses, trains, validates',
    '  nnunet predict -m nnUNet_results/Dataset001_Liver/nnUNetTrainer__nnUNetPlans__3d_fullres -i new-scans -o masks',
    '',
  ];
  const after = [
    '',
    'DATASET is a folder, a number (4) or a name (Dataset004_Hippocampus).',
    '"nnunet COMMAND --help" explains a command. Exit code: 0 done, 1 it failed or found errors, 2 wrong usage.',
  ];
  return written(program, before, after);
}

export function commandHelp(command: Command): string {
  const program = page('nnunet');
  const own = page(command.name, () => usage(command)).description(command.description);
  for (const spec of commonOptions) program.addOption(commanderOption(spec, ''));
  for (const spec of command.options) own.addOption(commanderOption(spec, ''));
  for (const { name, description } of command.arguments) own.addArgument(new Argument(`[${name}]`, description));
  program.addCommand(own);
  const examples = command.examples.flatMap(({ command: line, explains }) => [`  ${line}`, `      ${explains}`]);
  return written(
    own,
    [`nnunet ${command.name}: ${command.summary}`, ''],
    examples.length > 0 ? ['', 'Examples:', ...examples] : [],
    [...command.options, ...commonOptions],
  );
}

function page(name: string, commandUsage?: () => string): Commander {
  const command = new Commander(name).helpOption(false);
  return commandUsage ? command.configureHelp({ commandUsage }) : command;
}

/** @param specs  what the options that are shown were made from */
function written(
  command: Commander,
  before: readonly string[],
  after: readonly string[],
  specs: readonly OptionSpec[] = [],
): string {
  const term = ({ long }: Option): string => optionTerm(specs.find(({ name }) => `--${name}` === long)!);
  const form = {
    ...command.configureHelp(),
    helpWidth: width,
    showGlobalOptions: true,
    optionTerm: (option: Option) => besideColumn(term(option)),
    subcommandTerm: (shown: Commander) => shown.name(),
    visibleCommands: (shown: Commander) => [...shown.commands],
    padWidth(shown: Commander, help: Help): number {
      const options = [...help.visibleOptions(shown), ...help.visibleGlobalOptions(shown)].map(term);
      const others = [
        ...help.visibleArguments(shown).map((each) => each.name()),
        ...shown.commands.map((each) => each.name()),
      ];
      return Math.min(leftColumn, Math.max(...[...options, ...others].map(({ length }) => length)));
    },
    styleTitle: (title: string) => (title === 'Global Options:' ? 'Options of every command:' : title),
  };
  command.configureHelp(form);
  const text = command.helpInformation().trimEnd();
  return `${[...before, text, ...after].join('\n')}\n`;
}

/** What is too long for the left column has a line of its own. */
function besideColumn(term: string): string {
  return term.length <= leftColumn ? term : `${term}\n${' '.repeat(leftColumn + 2)}`;
}

function usage(command: Command): string {
  const parts = command.arguments.map(({ name, optional }) => (optional ? `[${name}]` : name));
  const required = command.options.filter((option) => option.required).map(optionUsage);
  const others = command.options.some((option) => !option.required) ? ['[options]'] : [];
  return ['nnunet', command.name, ...parts, ...required, ...others].join(' ');
}

function optionUsage(spec: OptionSpec): string {
  return `${spec.alias ? `-${spec.alias}` : `--${spec.name}`} ${spec.value ?? ''}`.trim();
}

function optionTerm(spec: OptionSpec): string {
  const value = spec.value ?? (spec.choices ? spec.choices.join('|') : '');
  return `${optionNames(spec)}${value ? ` ${value}` : ''}`;
}
