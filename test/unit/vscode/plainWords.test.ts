import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainAt } from '../../../src/vscode/diagnostics/explain';
import type { WaitingJob } from '../../../src/jobs/waiting';
import { waitingLines } from '../../../src/vscode/jobs/jobList';
import { commandLink, escapeMarkdown, markdownCode, withoutLinks } from '../../../src/vscode/plainWords';

const hostile = 'liver [all](command:workbench.action.terminal.new) ![](https://example.org/a.png) `code`';
/** What VS Code turns into links in notifications and prompts (linkedText.ts). */
const vscodeLinks = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

describe('words of files in notifications', () => {
  it('are no link, and can still be read', () => {
    assert.match(hostile, vscodeLinks);
    assert.doesNotMatch(withoutLinks(hostile), vscodeLinks);
    assert.equal(withoutLinks('case [1] (left)'), 'case [1] (left)');
    assert.match(withoutLinks(hostile), /liver \[all\] \(command:workbench/);
  });

  it('are no link either when a control character is left out', () => {
    for (const between of ['\u0000', '\u200e', '\r', '\u202e']) {
      assert.doesNotMatch(withoutLinks(`[a]${between}(command:x)`), vscodeLinks);
    }
  });

  it('do not turn the direction of writing round', () => {
    assert.equal(withoutLinks('scan\u202egnp.nii'), 'scan gnp.nii');
  });

  it('have no colours of a terminal', () => {
    assert.equal(withoutLinks('a\u001b[31mred'), 'a [31mred');
  });
});

describe('words of files in tooltips', () => {
  it('stay in one line and are no Markdown', () => {
    assert.equal(escapeMarkdown('a\n\n# [b](c)'), 'a  \\# \\[b\\]\\(c\\)');
    assert.equal(markdownCode('a`b\nc'), "`a'b c`");
  });

  it('are escaped in what explains dataset.json', () => {
    const text = JSON.stringify({ channel_names: { 0: hostile }, labels: { background: 0, [hostile]: 1 } });
    for (const place of [text.indexOf('liver') + 1, text.lastIndexOf('liver') + 1]) {
      const { text: markdown } = explainAt(withRest(text), place)!;
      assert.match(markdown, /liver \\\[all\\\]/);
      assert.doesNotMatch(markdown, /(^|[^\\])\]\(/);
    }
  });

  it('are escaped in the view of trainings', () => {
    const failure = { code: 'c', message: hostile, hint: '[do](command:x)', at: '' };
    const request = { dataset: hostile, configuration: '2d', fold: 0, options: { epochs: 1 } };
    const job = { id: 'q', kind: 'train', title: hostile, after: [], createdAt: '', request };
    const entry = { host: 'h', folder: '/f', failure, job } as unknown as WaitingJob;
    assert.doesNotMatch(
      waitingLines({ queue: [entry], why: () => undefined, titleOf: () => '' })[0]!.tooltip(),
      /(^|[^\\])\]\(/,
    );
  });
});

describe('links of our own', () => {
  it('keep their parameter, whatever is in it', () => {
    const link = `[Show Log](${commandLink('nnunet.showLog', '/data/(old) [x](y)/fold_0')})`;
    const [[, text, target]] = [...link.matchAll(vscodeLinks)] as unknown as [[string, string, string]];
    assert.equal(text, 'Show Log');
    const query = target.slice(target.indexOf('?') + 1);
    assert.deepEqual(JSON.parse(decodeURIComponent(query)), ['/data/(old) [x](y)/fold_0']);
  });
});

function withRest(text: string): string {
  return text.replace(/\}$/, ',"numTraining":1,"file_ending":".nii.gz"}');
}
