// Each file of tests has a cache of its own: what jobs of one have taken of this machine is not in the way of another's.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

const { NODE_TEST_CONTEXT, NNUNET_TESTS_CACHE } = process.env;
// Not in the process that starts these, and not again in those that they start.
if (NODE_TEST_CONTEXT && NNUNET_TESTS_CACHE) {
  process.env.XDG_CACHE_HOME = mkdtempSync(join(NNUNET_TESTS_CACHE, 'file-'));
  delete process.env.NNUNET_TESTS_CACHE;
}
