/** Where in dataset.json a finding is shown, and in which words. */
import { t } from '@vscode/l10n';
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser/lib/esm/main.js';
import type { Finding } from '../../dataset/findings';

export interface Problem {
  finding: Finding;
  message: string;
  /** Character positions in the text. */
  offset: number;
  length: number;
}

/** A dataset can have a finding for every case: more than this are summed up. */
export const mostProblems = 300;

/** Keys of dataset.json that findings about files have to do with, by the beginning of their code. */
const keysByCode: readonly [code: RegExp, key: string][] = [
  [/^num-training/, 'numTraining'],
  [/^(label-undeclared|no-foreground)/, 'labels'],
  [/^path-backslash/, 'dataset'],
  [/^(channel-|image-without-channel)/, 'channel_names'],
  [/^(wrong-ending|extra-file|no-training-cases)/, 'file_ending'],
];

export function problemsOf(findings: readonly Finding[], text: string): Problem[] {
  const tree = parseTree(text);
  const shown = [...findings].sort((a, b) => rank(a) - rank(b)).slice(0, mostProblems);
  const problems = shown.map((finding): Problem => ({
    finding,
    message: wording(finding),
    ...placeOf(finding, text, tree),
  }));
  if (findings.length > shown.length) {
    const message = t(
      '{0} further findings are not shown. Check the dataset on the command line for all.',
      findings.length - shown.length,
    );
    problems.push({
      finding: { code: 'more-findings', severity: 'warning', message },
      message,
      ...firstCharacter(text),
    });
  }
  return problems;
}

function rank({ severity }: Finding): number {
  return severity === 'error' ? 0 : 1;
}

function wording({ case: id, file, message }: Finding): string {
  if (id !== undefined) return t('Case {0}: {1}', id, message);
  return file === undefined || file === 'dataset.json' ? message : `${file}: ${message}`;
}

function placeOf(finding: Finding, text: string, tree: Node | undefined): { offset: number; length: number } {
  if (finding.file === 'dataset.json' && finding.line !== undefined) {
    const offset = offsetAt(text, finding.line, finding.column ?? 1);
    return { offset, length: lengthOfWord(text, offset) };
  }
  const key = keysByCode.find(([code]) => code.test(finding.code))?.[1];
  const node = key && tree ? findNodeAtLocation(tree, [key]) : undefined;
  const name = node?.parent?.children?.[0];
  return name ? { offset: name.offset, length: name.length } : firstCharacter(text);
}

function firstCharacter(text: string): { offset: number; length: number } {
  const offset = Math.max(0, text.search(/\S/));
  return { offset, length: Math.min(1, text.length - offset) };
}

function offsetAt(text: string, line: number, column: number): number {
  let offset = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf('\n', offset);
    if (end < 0) return text.length;
    offset = end + 1;
  }
  return Math.min(text.length, offset + column - 1);
}

/** A key or value in quotes, a number, or one character. */
function lengthOfWord(text: string, offset: number): number {
  return /^("(?:[^"\\\n]|\\.)*"|[\w.+-]+)/.exec(text.slice(offset, offset + 200))?.[0].length ?? 1;
}
