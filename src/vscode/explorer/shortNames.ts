/** How are cases told apart in a narrow list, which cuts long names at their end? The words that all begin with go, but for the last. */

/** Where the list is as narrow as usual, about so many letters are to be seen. */
const roomFor = 24;

/** @returns for each of the names what to show of it: "…patient_083" */
export function shortNames(names: readonly string[]): (name: string) => string {
  const isLong = names.some((name) => name.length > roomFor);
  const dropped = isLong && names.length > 1 ? wordsBeforeLast(commonBeginning(names)) : '';
  // An ellipsis in place of a few letters wins nothing.
  if (dropped.length < 8) return (name) => name;
  return (name) => `…${name.slice(dropped.length)}`;
}

function commonBeginning([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** "study_visit_patient_0" -> "study_visit_": what is left then begins with a word that says what its number counts. */
function wordsBeforeLast(beginning: string): string {
  return /^(.*[_\-. ])[^_\-. ]+[_\-. ][^_\-. ]*$/.exec(beginning)?.[1] ?? '';
}
