/** What is said over the panes: what is being read, what could not be, and that masks are hidden. Each once. */
import { t } from '@vscode/l10n';
import { allSaid, failures } from './failures';
import type { Notice } from './paneContent';
import { shownIds, type ViewState } from './state';
import type { Study } from './study';

/** Of one pane. @param segmentation  the one that a pane of the compare layout shows */
export function paneNotice(
  study: Study,
  state: ViewState,
  segmentation: string | undefined,
  hidesMasks: boolean,
): Notice | undefined {
  const hasMasks = segmentation !== undefined || shownIds(state).length > 0 || study.growing !== undefined;
  if (hidesMasks && hasMasks) return { message: t('Masks are hidden: M shows them') };
  if (segmentation === undefined || study.image.load.state !== 'ready') return undefined;
  const load = study.mask(segmentation);
  // The sheet says why; but a pane without a mask must not pass for an empty one.
  if (load.state === 'failed') return { message: t('No mask is shown: it could not be read') };
  if (load.state === 'loading') return { message: t('Reading, {0} %', Math.round(load.fraction * 100)) };
  return undefined;
}

/** Of all panes together. @param hasSheet  the sheet at the side is there to say what failed */
export function pageNotice(study: Study, state: ViewState, hasSheet: boolean): Notice | undefined {
  const failed = failures(study, state);
  const said = hasSheet ? [failed.image].filter((one) => one !== undefined) : allSaid(failed);
  if (said.length > 0)
    return {
      message: said.map(({ message }) => message).join('\n'),
      hint: said
        .map(({ hint }) => hint)
        .filter(Boolean)
        .join('\n'),
      isError: true,
    };
  const { load } = study.image;
  if (load.state === 'loading') return { message: t('Reading the image, {0} %', Math.round(load.fraction * 100)) };
  const { layout } = state;
  if (layout.kind === 'difference') {
    const isLoading = study.comparisons.difference(layout.prediction, layout.reference).state === 'loading';
    return isLoading ? { message: t('Looking for differences') } : undefined;
  }
  if (layout.kind === 'compare') return undefined;
  for (const id of shownIds(state)) {
    const load = study.mask(id);
    const name = study.segmentation(id)?.name ?? t('the segmentation');
    if (load.state === 'loading') return { message: t('Reading {0}, {1} %', name, Math.round(load.fraction * 100)) };
  }
  return undefined;
}
