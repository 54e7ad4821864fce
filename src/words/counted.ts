/** Says how many of something there are: "1 case", "2 cases". */

/** @param plural  where an s at the end does not make it */
export function counted(count: number, noun: string, plural?: string): string {
  return `${count} ${nounFor(count, noun, plural)}`;
}

/** As a number of things does something: "1 case is", "2 cases are". */
export function countedAre(count: number, noun: string, plural?: string): string {
  return `${counted(count, noun, plural)} ${count === 1 ? 'is' : 'are'}`;
}

/** Where the number stands elsewhere, or is written in another way: "1,832 voxels". */
export function nounFor(count: number, noun: string, plural = `${noun}s`): string {
  return count === 1 ? noun : plural;
}
