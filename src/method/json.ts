/** JSON as Python's json module reads and writes it, so that files travel between nnU-Net and this program unchanged. */
export { JsonError, keysInFileOrder, parseJson } from './jsonReader';
export { PyFloat, pyFloat, stringifyJson } from './jsonWriter';
