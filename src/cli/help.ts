/** Writes help from what the commands declare. */
import { commonOptions, type Command, type OptionSpec } from './command';
import { optionNames } from './parse';

const width = 100;

export function overview(commands: readonly Command[], version: string): string {
  const longest = Math.max(...commands.map(({ name }) => name.length));
  return [
    `nnunet ${version}: train and use nnU-Net segmentation models, without Python.`,
    '',
    'Usage: nnunet COMMAND … [--root DIR] [--json] [--verbose] [--help]',
    '',
    'A first training, from scans to masks:',
    '  nnunet import my-scans --name Liver          images and labels -> nnUNet_raw/Dataset001_Liver',
    '  nnunet check 1                               is anything wrong with the data?',
    '  nnunet train 1 -c 3d_fullres -f 0            plans, preprocesses, trains, validates',
    '  nnunet predict -m nnUNet_results/Dataset001_Liver/nnUNetTrainer__nnUNetPlans__3d_fullres -i new-scans -o masks',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`),
    '',
    'DATASET is a folder, a number (4) or a name (Dataset004_Hippocampus).',
    '"nnunet COMMAND --help" explains a command. Exit code: 0 done, 1 it failed or found errors, 2 wrong usage.',
    '',
  ].join('\n');
}

export function commandHelp(command: Command): string {
  const lines = [
    `nnunet ${command.name}: ${command.summary}`,
    '',
    `Usage: ${usage(command)}`,
    '',
    ...wrap(command.description, 0),
  ];
  if (command.arguments.length > 0) {
    lines.push('', 'Arguments:', ...columns(command.arguments.map(({ name, description }) => [name, description])));
  }
  if (command.options.length > 0) lines.push('', 'Options:', ...columns(command.options.map(optionRow)));
  lines.push('', 'Options of every command:', ...columns(commonOptions.map(optionRow)));
  if (command.examples.length > 0) {
    lines.push(
      '',
      'Examples:',
      ...command.examples.flatMap(({ command: line, explains }) => [`  ${line}`, ...wrap(explains, 6)]),
    );
  }
  return `${lines.join('\n')}\n`;
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

function optionRow(spec: OptionSpec): [string, string] {
  const value = spec.value ?? (spec.choices ? spec.choices.join('|') : '');
  return [`${optionNames(spec)}${value ? ` ${value}` : ''}`, spec.description];
}

function columns(rows: readonly (readonly [string, string] | readonly string[])[]): string[] {
  const left = Math.min(34, Math.max(...rows.map(([name]) => name!.length)));
  return rows.flatMap(([name, description]) => {
    const [first = '', ...rest] = wrap(description!, left + 4).map((line) => line.trimStart());
    const indented = rest.map((line) => `${' '.repeat(left + 4)}${line}`);
    if (name!.length > left) return [`  ${name}`, `${' '.repeat(left + 4)}${first}`, ...indented];
    return [`  ${name!.padEnd(left)}  ${first}`, ...indented];
  });
}

function wrap(text: string, indent: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && indent + line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line].map((part) => `${' '.repeat(indent)}${part}`);
  });
}
