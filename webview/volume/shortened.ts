/** How is a name written where there is room for less than all of it? Its middle goes: beginnings and numbers at the end differ. */

/** @param fits  whether a text has room */
export function shortenedToFit(name: string, fits: (text: string) => boolean): string {
  if (fits(name)) return name;
  let shortened = name;
  for (let kept = name.length - 1; kept >= 2; kept--) {
    shortened = withoutMiddle(name, kept);
    if (fits(shortened)) break;
  }
  return shortened;
}

/** @param most  characters, the ellipsis included */
export const shortened = (name: string, most: number): string => shortenedToFit(name, (text) => text.length <= most);

function withoutMiddle(name: string, kept: number): string {
  const end = Math.min(name.length - wordStart(name, name.length - Math.floor(kept / 2)), kept - 1);
  return `${name.slice(0, kept - end)}…${name.slice(name.length - end)}`;
}

/** So far a cut is moved to a word's start. */
const nearWord = 5;

/**
 * Where the kept end of a name begins, so that it begins with a word: "…_014.nii.gz", not "…ction_014.nii.gz". There where it
 * is wanted if no word begins near it.
 * @param wanted  index in the name
 */
export function wordStart(name: string, wanted: number): number {
  for (let step = 0; step <= nearWord; step++) {
    for (const at of [wanted + step, wanted - step]) {
      // The ending alone says nothing.
      if (at <= 0 || at >= name.length || isEnding(name.slice(at))) continue;
      if (isSeparator(name[at]!) && !isSeparator(name[at - 1]!)) return at;
    }
  }
  return wanted;
}

const isSeparator = (sign: string): boolean => /[\s._,/\\()-]/.test(sign);
const isEnding = (text: string): boolean => /^\.[a-z]+(\.[a-z]+)?$/i.test(text);
