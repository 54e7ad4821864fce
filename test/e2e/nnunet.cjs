'use strict';
// The command line, with a cache of its own: in the user's lie the jobs of everybody, and two tests at a time would wait for each other's.
const { execFileSync } = require('node:child_process');
const path = require('node:path');

const repository = path.resolve(__dirname, '../..');

/**
 * @param {string} cache  folder
 * @param {string[]} words
 * @param {string} cli  the work tree's unless another is named
 * @returns what it printed
 */
function nnunet(cache, words, cli = path.join(repository, 'dist/cli.js')) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('nnUNet_'));
  const env = { ...Object.fromEntries(own), XDG_CACHE_HOME: cache };
  return execFileSync(process.execPath, [cli, ...words], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

module.exports = { nnunet };
