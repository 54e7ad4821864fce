/** How lists of rows are made: in pages, with what is wrong counted and named. */
import { t } from '@vscode/l10n';
import { join } from 'node:path';
import type { Finding } from '../../dataset/findings';
import type { DatasetReference } from '../../dataset/references';
import type { PageNode, CaseNode, FileNode, ValidationCaseNode, ProblemNode, ExplorerNode } from './nodes';

/** Cases in one page of a long list. */
export const pageSize = 200;

/** Long lists in pages of equal size; short ones as they are. */
export function paged<N extends CaseNode | ValidationCaseNode | FileNode>(
  dataset: DatasetReference,
  list: string,
  nodes: N[],
  nameOf: (node: N) => string,
): ExplorerNode[] {
  if (nodes.length <= pageSize) return nodes;
  const pages: PageNode[] = [];
  for (let start = 0; start < nodes.length; start += pageSize) {
    const part = nodes.slice(start, start + pageSize);
    const findings = part.flatMap((node) => (node.kind === 'case' ? node.findings : []));
    pages.push({
      kind: 'page',
      dataset,
      key: `${list}/${start}`,
      first: nameOf(part[0]!),
      last: nameOf(part.at(-1)!),
      nodes: part,
      ...count(findings),
    });
  }
  return pages;
}

export function filesOf({ dataset, files, channels, which }: CaseNode): FileNode[] {
  const images = files.images.map((file, index): FileNode => {
    const title = channels[index] ?? t('channel {0}', index);
    return { kind: 'file', dataset, caseId: files.id, role: 'channel', file, title, partner: files.label };
  });
  const label: FileNode = {
    kind: 'file',
    dataset,
    caseId: files.id,
    role: 'label',
    file: files.label,
    title: which === 'test' ? t('reference label') : t('label'),
    partner: files.images[0],
  };
  return [...images, label];
}

/** Findings that belong to no case that is listed. */
export function problemsOf(
  dataset: DatasetReference,
  findings: readonly Finding[],
  cases: ReadonlySet<string>,
): ProblemNode[] {
  return findings
    .filter((finding) => finding.severity === 'error' && (finding.case === undefined || !cases.has(finding.case)))
    .slice(0, 20)
    .map(({ code, message, file }, index): ProblemNode => {
      const path = file === undefined ? undefined : join(dataset.raw, file);
      return { kind: 'problem', dataset, key: `${code}/${index}`, message, file: path };
    });
}

/** A part of the tree, or one row that says why it cannot be shown. */
export async function orProblem(dataset: DatasetReference, part: Promise<ExplorerNode[]>): Promise<ExplorerNode[]> {
  try {
    return await part;
  } catch (error) {
    const { message, where } = error as Error & { where?: string };
    return [{ kind: 'problem', dataset, key: `unreadable/${where ?? message}`, message, file: where }];
  }
}

export function count(findings: readonly Finding[]): { errors: number; warnings: number } {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: findings.length - errors };
}

export function includes(name: string, filter: string): boolean {
  return name.toLowerCase().includes(filter.toLowerCase());
}
