/** A question that asks once more before something is done: Cancel leads back to the questions before it. */
import { back, type Question } from './walk';

/** @param isSure asks, and needs not ask where there is no doubt */
export function doubt(isSure: () => Promise<boolean>): Question<true> {
  return {
    // What was confirmed once may be another matter now.
    recall: () => Promise.resolve(undefined),
    show: async ({ canGoBack }) => {
      if (await isSure()) return { value: true, kept: '', isOnly: true };
      return canGoBack ? back : undefined;
    },
  };
}
