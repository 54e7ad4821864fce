/** Is everything that is known of jobs read in one place, and by what the events say, never by the words of a message? */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type TypeScript from 'typescript';
import type { ESLint as ESLintClass, Linter } from 'eslint';
import { repositoryRoot } from '../../shared';

const load = createRequire(join(repositoryRoot, 'package.json'));
const ts = load('typescript') as typeof TypeScript;

const files = ['src', 'webview'].flatMap((room) =>
  readdirSync(join(repositoryRoot, room), { recursive: true })
    .map((name) => join(room, String(name)))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')),
);

/** Every node of a file. */
function nodesOf(file: string, text = readFileSync(join(repositoryRoot, file), 'utf8')): TypeScript.Node[] {
  const all: TypeScript.Node[] = [];
  const visit = (node: TypeScript.Node): void => {
    all.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return all;
}

const nodes = new Map(files.map((file) => [file, nodesOf(file)]));
const filesWith = (isMeant: (node: TypeScript.Node) => boolean): string[] =>
  files.filter((file) => nodes.get(file)!.some(isMeant));

describe('what is known of a job', () => {
  it('stands in a log whose name one file knows: whoever reads it goes through that', () => {
    const named = filesWith((node) => ts.isStringLiteralLike(node) && node.text.endsWith('events.jsonl'));
    assert.deepEqual(named, ['src/jobs/events.ts']);
  });

  it('is summed up to a state by one function', () => {
    const declared = filesWith((node) => ts.isFunctionDeclaration(node) && node.name?.text === 'statusFrom');
    assert.deepEqual(declared, ['src/jobs/status.ts']);
    // A process that is gone can not have said so: whoever looked only at the events would call it running.
    const ended = filesWith(
      (node) =>
        ts.isPropertyAccessExpression(node) &&
        node.name.text === 'finished' &&
        /progress$/.test(node.expression.getText()),
    );
    assert.deepEqual(ended, ['src/jobs/status.ts']);
  });

  it('is there or not by one function', async () => {
    const { ESLint } = load('eslint') as { ESLint: typeof ESLintClass };
    const config = (await new ESLint({ cwd: repositoryRoot }).calculateConfigForFile(
      'src/jobs/list.ts',
    )) as Linter.Config;
    assert.match(JSON.stringify(config.rules!['no-restricted-syntax']), /exists\.ts/);
  });
});

/** Who else says what is looked for there: nothing of it is ours. */
const othersWords: Readonly<Record<string, string>> = {
  'src/engine/core.ts': 'the system, and LibTorch',
  'src/engine/zip.ts': 'the library that reads archives',
  'src/images/dicom/structureCodes.ts': 'names of structures',
  'src/images/statedSpacing.ts': 'headers of NRRD',
  'src/inference/session.ts': 'ONNX Runtime',
  'src/pipeline/prediction/predictClient.ts': 'the JavaScript engine',
  'src/runs/nnunetLogs.ts': "nnU-Net's logs",
  'src/vscode/volume/failure.ts': 'the JavaScript engine',
  'webview/volume/index.ts': 'the browser',
};

const twoWords = /[a-z]{3,}(?: |\\s[+*]?)[a-z]{2,}/i;
const looks = /^(includes|startsWith|endsWith|indexOf|match|search|split)$/;

/** A pattern, or a text that is looked for, of more than one word. */
function looksForWords(node: TypeScript.Node): boolean {
  if (ts.isRegularExpressionLiteral(node)) return twoWords.test(node.text);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const [wanted] = node.arguments;
  return (
    looks.test(node.expression.name.text) && !!wanted && ts.isStringLiteralLike(wanted) && twoWords.test(wanted.text)
  );
}

describe('the words of a message', () => {
  it('are told from names and patterns', () => {
    const finds = (code: string): boolean => nodesOf('a.ts', code).some(looksForWords);
    assert.ok(finds('if (/waits for (\\w+)/.test(line)) stop();'));
    assert.ok(finds("if (message.startsWith('Could not start')) stop();"));
    assert.ok(!finds("const words = /^[a-z]+ \\d+$/; name.endsWith('.nii.gz'); t('Could not start');"));
  });

  it('are never looked for where they are our own: events and errors carry the data', () => {
    assert.deepEqual(filesWith(looksForWords).sort(), Object.keys(othersWords).sort());
  });
});
