// Exits 0 when node_modules holds just what package-lock.json asks for (npm writes its own record there when it is done).
import { readFileSync } from 'node:fs';

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

const asked = packages('package-lock.json');
const installed = packages('node_modules/.package-lock.json');
if (!asked) {
  console.error('package-lock.json is missing or broken; restore it from git.');
  process.exit(1);
}
if (!installed) process.exit(1);
for (const [path, entry] of Object.entries(asked)) {
  if (path === '' || (!installed[path] && entry.optional)) continue; // the root, and what is for other systems
  if (installed[path]?.version !== entry.version || installed[path]?.integrity !== entry.integrity) process.exit(1);
}
process.exit(Object.keys(installed).every((path) => path in asked) ? 0 : 1);
