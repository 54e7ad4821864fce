/** Can every text that a person reads in VS Code be translated? None stands in the source but in `t(…)` of l10n; errors stay English. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type TypeScript from 'typescript';
import { repositoryRoot } from '../../shared';

const ts = createRequire(join(repositoryRoot, 'package.json'))('typescript') as typeof TypeScript;

/** Whatever is shown is said there. */
const rooms = [
  ...['src/extension.ts', 'src/vscode', 'src/runs', 'src/words', 'webview'],
  ...['src/jobs/shortTitle.ts', 'src/pipeline/prediction/predictionCost.ts'],
  ...['page.ts', 'readModels.ts', 'plans', 'experiments', 'results', 'cards'].map((name) => `src/report/${name}`),
].filter((room) => existsSync(join(repositoryRoot, room)));

/** Calls whose words are names that programs know, or go to the log. */
const notSaid =
  /(^|\.)(querySelector(All)?|closest|matches|getContext|addEventListener|createElement|getElementById|setProperty|getPropertyValue|registerCommand|executeCommand|startsWith|endsWith|includes|replace|replaceAll|split|test|getConfiguration|affectsConfiguration|toLocaleString|info|warn|error|debug|trace|join)$/;
/** Calls of which one argument is such a name. */
const nameOf: Readonly<Record<string, number>> = {
  ...{
    once: 0,
    ask: 0,
    get: 0,
    drop: 0,
    element: 1,
    counted: 1,
    countedAre: 1,
    countedIfAny: 1,
    countedAs: 2,
    inBackground: 1,
  },
};
/** Properties that are names. */
const names = /^(id|key|kind|code|command|context|className|icon|color|view|when|policy)$/;
/** The same in every language. */
const everywhere =
  /\b(mm[²³]?|ml|cm|kB|MB|GB|Hz|Dice|IoU|NaN|UTC|JSON|ONNX|CSV|SVG|PNG|GIF|GPU|nnU-Net|VS Code|RAS|LPS)(?![\p{L}])/gu;

function sources(): string[] {
  return rooms.flatMap((room) =>
    statSync(join(repositoryRoot, room)).isFile()
      ? [room]
      : readdirSync(join(repositoryRoot, room), { recursive: true })
          .map((name) => join(room, String(name)))
          .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')),
  );
}

/** Names of keys, moments, questions and fonts, which look like words. */
const code = [
  ...['look at \0 for \0', 'Remembering what was started here', 'job \0', 'go on'],
  ...['Home', 'End', 'Enter', 'Escape', 'Talairach', 'control-labelled control-slider', 'pane pane-3d', 'note note-\0'],
  ...['page loaded', 'header read', 'middle sent', 'first voxels sent', 'all voxels sent', '\0 after \0 ms'],
  ...['head \0', 'choose \0', 'pin \0', 'option \0', 'img-src data:'],
  ...['show \0', 'log \0', 'remove \0', 'raw \0', 'nnunet.evaluate \0', 'look ahead \0', '$(error) \0 \0'],
  ...[
    'predictions elsewhere',
    'references elsewhere',
    'a, button, input, vscode-button, vscode-checkbox, vscode-dropdown',
  ],
  // Tasks are named as the command line writes them.
  ...['check \0', 'preprocess \0 \0', 'folds \0', 'fold \0', 'train \0 \0 \0', 'predict \0 with \0', 'evaluate \0'],
  'the best model of \0',
  // For the log.
  ...['The volume editor sent something that is no message: \0', 'Looking for segmentations failed: \0'],
  // Of nnU-Net's own logs and pictures.
  ...[
    'Current learning rate:',
    'Epoch time:',
    'Epoch',
    'pseudo dice',
    'pseudo dice (mov. avg.)',
    'epoch duration',
    'learning rate',
  ],
  // In a file that is written, and in an error.
  'label \0',
  'number of epochs or length of time',
];

/** Words between letters of code: "Two words", "Close", "{0} voxels". @param text  a hole is \0 */
export function isSaid(text: string): boolean {
  if (/\{[^{}]*:[^{}]*;|px system-ui|font-family/.test(text) || code.includes(text)) return false;
  const words = text
    .replace(/<[^>]*>/g, '  ')
    .replace(everywhere, ' ')
    .trim();
  // Styles, selectors, links, patterns.
  if (/[{;]\s*$|^\s*[.#[(@]|^--|^\w+:\/\/|^[\w-]+:\S|::|=>/.test(words) && !/\p{L}\. /u.test(words)) return false;
  if (/^\p{Lu}\p{Ll}+[….:?!]?$/u.test(words)) return true;
  if (/(^|[\s(,·])\p{Lu}\p{Ll}{3,}\0/u.test(words)) return true;
  if (words.includes('\0')) return /(^|[\s(,·])\p{L}\p{Ll}+([\s,.:;…)·\0]|$)/u.test(words) && /\s/.test(words);
  return /\p{L}[\p{Ll},.:;]+ +[\p{L}"(]/u.test(words);
}

/** @param texts  is given those in t(…) */
function untranslated(file: string, texts: Set<string>): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(repositoryRoot, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: string[] = [];
  const tell = (node: TypeScript.Node, text: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${file}:${line + 1}: ${JSON.stringify(text.replaceAll('\0', '…'))}`);
  };
  /** Only looks for t(…). */
  const pass = (node: TypeScript.Node): void => {
    const before = found.length;
    visit(node);
    found.length = before;
  };
  const visit = (node: TypeScript.Node): void => {
    if (ts.isElementAccessExpression(node)) {
      visit(node.expression);
      return;
    }
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    // Errors are English everywhere: they are written to disk, and looked for by their words.
    if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) {
      node.arguments?.forEach(pass);
      return;
    }
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText();
      if (/(^|\.)t$/.test(called)) {
        const [message, ...values] = node.arguments;
        if (message && ts.isStringLiteralLike(message)) texts.add(message.text);
        else if (message) tell(message, `not one text: ${message.getText()}`);
        values.forEach(visit);
        return;
      }
      if (notSaid.test(called)) {
        visit(node.expression);
        node.arguments.forEach(pass);
        return;
      }
      const name = nameOf[called.replace(/^.*\./s, '')];
      if (name !== undefined) {
        visit(node.expression);
        node.arguments.forEach((one, index) => (index === name ? pass(one) : visit(one)));
        return;
      }
    }
    if (ts.isPropertyAssignment(node)) {
      if (ts.isComputedPropertyName(node.name)) visit(node.name);
      if (names.test(node.name.getText())) pass(node.initializer);
      else visit(node.initializer);
      return;
    }
    if (ts.isStringLiteralLike(node)) {
      if (isSaid(node.text)) tell(node, node.text);
      return;
    }
    if (ts.isTemplateExpression(node)) {
      const text = node.head.text + node.templateSpans.map(({ literal }) => `\0${literal.text}`).join('');
      if (isSaid(text)) tell(node, text);
      node.templateSpans.forEach(({ expression }) => visit(expression));
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('texts', () => {
  it('are told from names and code', () => {
    for (const text of [
      'Two words',
      'Close',
      '\0 voxels',
      'Mean Dice \0',
      'Stopping… (\0)',
      'Failed\0\0',
      'epoch \0 of \0',
      '<p>Nothing here</p>',
      'Give it a name: none',
    ])
      assert.ok(isSaid(text), text);
    for (const text of [
      'list.errorForeground',
      'nnunet.train',
      'row selected'.replace(' ', '-'),
      '\0\0',
      '.row .name',
      '\0/\0',
      'border: 1px;',
      'utf8',
      '\0 MB',
    ])
      assert.ok(!isSaid(text), text);
  });

  it('are all in t(…), and all of those in the bundle for translators', () => {
    const texts = new Set<string>();
    const found = new Map(sources().map((file) => [file, untranslated(file, texts)]));
    assert.deepEqual([...found.values()].flat(), []);
    const bundle = JSON.parse(readFileSync(join(repositoryRoot, 'l10n/bundle.l10n.json'), 'utf8')) as object;
    const missing = [...texts].filter((text) => !(text in bundle));
    const gone = Object.keys(bundle).filter((text) => !texts.has(text));
    assert.deepEqual({ missing, gone }, { missing: [], gone: [] }, 'to be written anew: npm run l10n');
  });
});
