/**
 * ESLint rule: arrows between the folders of src/ and webview/ point one way (CONTRIBUTING.md shows the picture).
 * It looks at paths only, so it needs neither types nor files on disk. Circles of files and rooms are test/unit/tools/import-graph.test.ts's.
 */
import { dirname, join, relative, sep } from 'node:path';

const domain = ['dataset', 'images', 'voxels', 'engine', 'inference'];
const floor = ['storage', 'geometry', 'method', 'words'];
const below = ['report', 'runs', 'jobs', 'pipeline', ...domain, ...floor];

/** What each part may import besides itself; `protocol` is types only, wherever it is imported. */
const allowed = {
  extension: ['vscode', 'protocol', ...below],
  vscode: ['protocol', 'assistant', ...below],
  cli: ['protocol', 'assistant', ...below],
  assistant: ['protocol', ...below],
  runner: ['protocol', ...below],
  runs: ['protocol', 'jobs', 'pipeline', ...domain, ...floor],
  report: ['protocol', 'runs', 'jobs', 'pipeline', ...domain, ...floor],
  jobs: ['protocol', 'pipeline', ...domain, ...floor],
  pipeline: ['protocol', ...domain, ...floor],
  ...Object.fromEntries(domain.map((part) => [part, ['protocol', ...domain, ...floor]])),
  storage: ['method', 'words'],
  geometry: [],
  method: ['geometry', 'words'],
  words: [],
  protocol: ['method', 'geometry'],
  webview: ['protocol', 'geometry', 'words'],
};

/** Parts of which only types may be imported, by the importing part. */
const typesOnly = { method: ['geometry'], protocol: ['method', 'geometry'] };

const machineModules = /^(node:)?(fs|fs\/promises|child_process|worker_threads|cluster|os|net|http|https|http2|dgram)$/;

/** The part of the program that a file belongs to, or undefined for tests and tools. */
function partOf(file) {
  const [top, second] = file.split(sep);
  if (top === 'webview') return 'webview';
  if (top !== 'src' || !second) return undefined;
  return second.replace(/\.(ts|mts|tsx|js)$/, '');
}

/** Why `part` may not import `source`, or undefined where it may. */
function objection(part, file, source, isType) {
  if (!source.startsWith('.')) {
    if (source === 'vscode' && part !== 'vscode' && part !== 'extension')
      return `Only src/vscode/ and src/extension.ts may import vscode, so that ${part} also runs on the command line.`;
    const pure = ['method', 'geometry', 'words', 'protocol', 'webview'].includes(part);
    if (pure && machineModules.test(source)) return `${part} may not use ${source}: it works on plain data only.`;
    return undefined;
  }
  const target = partOf(join(dirname(file), source));
  if (target === undefined) return `${part} may not import ${source}, which lies outside src/ and webview/.`;
  if (target === part) return undefined;
  if (!(target in allowed)) return `src/${target} has no place among the folders yet; give it one in tools/lint/.`;
  if (!allowed[part].includes(target))
    return `${part} may not import ${target}: it may import ${allowed[part].join(', ') || 'nothing but itself'}.`;
  if (!isType && (target === 'protocol' || typesOnly[part]?.includes(target)))
    return `${part} may import only types of ${target}: write "import type".`;
  return undefined;
}

/** True where an import or export statement leaves nothing to load at run time. */
function isTypeStatement(node) {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = node.specifiers ?? [];
  return specifiers.length > 0 && specifiers.every((one) => (one.importKind ?? one.exportKind) === 'type');
}

export const oneWayImports = {
  meta: { type: 'problem', schema: [], docs: { description: 'Folders import downward only.' } },
  create(context) {
    const file = relative(context.cwd, context.filename);
    const part = partOf(file);
    if (part === undefined) return {};
    if (!(part in allowed)) {
      return {
        Program: (node) =>
          context.report({
            node,
            message: `src/${part} has no place among the folders yet; give it one in tools/lint/.`,
          }),
      };
    }
    function look(node, source, isType) {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const message = objection(part, file, source.value, isType);
      if (message) context.report({ node: source, message });
    }
    return {
      ImportDeclaration: (node) => look(node, node.source, isTypeStatement(node)),
      ExportNamedDeclaration: (node) => look(node, node.source, isTypeStatement(node)),
      ExportAllDeclaration: (node) => look(node, node.source, isTypeStatement(node)),
      ImportExpression: (node) => look(node, node.source, false),
      TSImportType: (node) => look(node, node.source ?? node.argument?.literal, true),
      TSExternalModuleReference: (node) => look(node, node.expression, node.parent?.importKind === 'type'),
      CallExpression(node) {
        if (node.callee.type === 'Identifier' && node.callee.name === 'require') look(node, node.arguments[0], false);
      },
    };
  },
};
