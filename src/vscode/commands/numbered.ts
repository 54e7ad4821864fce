/** The title of a question that is one of several: which it is, of how many that are asked in all. */

/** "Create Dataset (1 of 5): the images" */
export function numbered(title: string, steps: number, step: number, what?: string): string {
  return `${title} (${step} of ${steps})${what ? `: ${what}` : ''}`;
}
