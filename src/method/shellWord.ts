/** A path as it must be typed into a shell. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_./:@%+=-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
