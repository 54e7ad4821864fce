/** What the benchmark of an epoch reads: how long each of a training took. */
import { readEpochs } from '../../src/jobs/epochs';

console.log(JSON.stringify(readEpochs(process.argv[2]!).map(({ seconds }) => seconds)));
