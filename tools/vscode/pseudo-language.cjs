'use strict';
// The extension in a language without letters: a copy of its folder whose texts are boxes, and which notes what it shows. Whatever has a
// letter left did not come from l10n/.
const fs = require('node:fs');
const path = require('node:path');

/** Letters become boxes; what is put in for {0} stays. */
const withoutLetters = (text) =>
  text.replace(/\{\d+\}|[^{}]+/g, (part) => (part.startsWith('{') ? part : part.replace(/\p{L}/gu, '▯')));

/** @returns the folder of the copy */
function makePseudoExtension(extension, folder) {
  const target = path.join(folder, 'extension');
  fs.mkdirSync(path.join(target, 'dist'), { recursive: true });
  for (const name of fs.readdirSync(extension))
    if (!['dist', 'out', 'test', '.git'].includes(name))
      fs.symlinkSync(path.join(extension, name), path.join(target, name));
  for (const name of fs.readdirSync(path.join(extension, 'dist')))
    if (name !== 'extension.js') fs.symlinkSync(path.join(extension, 'dist', name), path.join(target, 'dist', name));
  // VS Code gives its API by the folder that a file lies in.
  fs.copyFileSync(path.join(extension, 'dist/extension.js'), path.join(target, 'dist/spoken.js'));
  const texts = JSON.parse(fs.readFileSync(path.join(extension, 'l10n/bundle.l10n.json'), 'utf8'));
  const bundle = Object.fromEntries(Object.keys(texts).map((text) => [text, withoutLetters(text)]));
  fs.writeFileSync(path.join(target, 'dist/pseudo.json'), JSON.stringify(bundle));
  fs.writeFileSync(path.join(target, 'dist/extension.js'), `(${speak})(require, module);\n`);
  return target;
}

/** In the extension host, in place of the extension. */
function speak(require, module) {
  const vscode = require('vscode');
  const bundle = require('./pseudo.json');
  const t = (given, ...rest) => {
    const [message, values] =
      typeof given === 'string'
        ? [given, typeof rest[0] === 'object' ? rest[0] : rest]
        : [given.message, given.args ?? []];
    return (bundle[message] ?? message).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
  Object.defineProperty(vscode.l10n, 'bundle', { value: bundle, configurable: true });
  vscode.l10n.t = t;
  const shown = { trees: {}, statusBar: [], messages: [], inputs: [], progress: [] };
  globalThis.nnunetShown = shown;
  const { window } = vscode;
  const instead = (name, make) => {
    const original = window[name].bind(window);
    window[name] = (...given) => make(original, ...given);
  };
  instead('createTreeView', (create, id, options) => {
    shown.trees[id] = options.treeDataProvider;
    return create(id, options);
  });
  instead('createStatusBarItem', (create, ...given) => {
    const item = create(...given);
    shown.statusBar.push(item);
    return item;
  });
  for (const name of ['showInformationMessage', 'showWarningMessage', 'showErrorMessage'])
    instead(name, (_show, text, ...rest) => {
      const options = rest.find((one) => typeof one === 'object' && !one.title);
      const items = rest.filter((one) => one !== options).map((one) => one.title ?? one);
      shown.messages.push([text, options?.detail ?? '', ...items].join('\n'));
      // As if it were closed.
      return Promise.resolve(undefined);
    });
  for (const name of ['createQuickPick', 'createInputBox'])
    instead(name, (create) => {
      const input = create();
      const show = input.show.bind(input);
      input.show = () => {
        shown.inputs.push(input);
        show();
      };
      return input;
    });
  instead('withProgress', (run, options, work) => {
    shown.progress.push(options.title ?? '');
    return run(options, work);
  });
  module.exports = require('./spoken.js');
}

module.exports = { makePseudoExtension, withoutLetters };
