/** What do the panes show of a study in the state that the person chose? Image, masks, differences. */
import { paneNotice } from './notices';
import type { Overlay, PaneContent } from './paneContent';
import type { SceneContent } from './sceneContent';
import type { LabelStyle, Layer, Window } from './slices';
import { differenceKinds } from './differenceKinds';
import { shownIds, type ViewState } from './state';
import type { Study } from './study';

/** @param segmentation  the one that a pane of the compare layout shows */
export function paneContent(
  study: Study,
  state: ViewState,
  segmentation: string | undefined,
  hidesMasks: boolean,
): PaneContent {
  const { description, grid } = study;
  const shown = segmentation === undefined ? shownIds(state) : [segmentation];
  const colours = study.image.colourChannels.map((voxels) => ({ grid, voxels }));
  const window = study.image.storedWindow(windowInForce(study, state));
  return {
    display: grid,
    measure: description,
    imageKey: `${state.channel}/${state.frame}/${study.image.version}`,
    // A label map is seen by its colours, not by its numbers as greys.
    image: openedLabels(study, shown) && !hidesMasks ? undefined : study.image.layer,
    colours: description.isColour && colours.length === 3 ? colours : undefined,
    window,
    overlays: hidesMasks ? [] : overlays(study, state, segmentation),
    crosshair: state.crosshair,
    showsCrosshair: description.dimensions === 3,
    isSmooth: state.zoom < 8,
    convention: state.isRadiological || description.dimensions === 2 ? 'radiological' : 'neurological',
    hasOrientation: description.hasOrientation && description.dimensions === 3,
    title: segmentation === undefined ? undefined : study.segmentation(segmentation)?.name,
    notice: paneNotice(study, state, segmentation, hidesMasks),
    region: state.region ?? undefined,
  };
}

/** The person's contrast, else the one that the image opens with. */
export const windowInForce = (study: Study, state: ViewState): Window => state.window ?? study.image.openingWindow;

/** The opened file itself, where it is shown as a label map. */
function openedLabels(study: Study, shown: readonly string[]): string | undefined {
  return shown.find((id) => study.segmentation(id)?.isOpened && study.maskLayer(id));
}

function overlays(study: Study, state: ViewState, segmentation: string | undefined): Overlay[] {
  const { layout } = state;
  if (layout.kind === 'difference') {
    const load = study.comparisons.difference(layout.prediction, layout.reference);
    if (load.state !== 'ready') return [];
    const layer: Layer = { grid: study.grid, voxels: load.voxels };
    const versions = [layout.prediction, layout.reference].map((id) => [id, study.maskVersion(id)]);
    const key = JSON.stringify(['difference', versions, state.frame, state.opacity, state.isOutline]);
    return [{ key, layer, styleOf: differenceStyle(state), isOutline: state.isOutline }];
  }
  const growing = segmentation === undefined ? growingOverlays(study, state) : [];
  const shown = segmentation === undefined ? state.segmentations : [segmentation];
  // The one without a scan below it is filled.
  const opened = openedLabels(study, shown);
  const ids = opened === undefined ? shown : [opened, ...shown.filter((id) => id !== opened)];
  const masks = ids.flatMap((id, index): Overlay[] => {
    const layer = study.maskLayer(id);
    if (!layer) return [];
    // One is filled, the others are drawn around it: two fills of the same colour would hide each other.
    const isOutline = state.isOutline || index > 0 || growing.length > 0;
    const { hiddenLabels, colours } = state;
    const opacity = id === opened ? 1 : state.opacity;
    return [
      {
        key: JSON.stringify([id, study.maskVersion(id), state.frame, opacity, hiddenLabels, colours, isOutline]),
        layer,
        styleOf: labelStyle(study, state, [id], opacity),
        isOutline,
      },
    ];
  });
  return [...growing, ...masks];
}

/** What a prediction has found so far. */
function growingOverlays(study: Study, state: ViewState): Overlay[] {
  const { growing } = study;
  const layer = growing?.layer;
  if (!growing || !layer) return [];
  const { opacity, hiddenLabels, colours, isOutline } = state;
  const key = JSON.stringify(['growing', growing.version, opacity, hiddenLabels, colours, isOutline]);
  return [{ key, layer, styleOf: labelStyle(study, state), isOutline }];
}

const labelStyle =
  (study: Study, state: ViewState, segmentations: readonly string[] = [], opacity = state.opacity) =>
  (label: number): LabelStyle => ({
    colour: study.labelInfo(label, segmentations).colour,
    opacity,
    isVisible: !state.hiddenLabels.includes(label),
  });

const differenceStyle =
  (state: ViewState) =>
  (code: number): LabelStyle => {
    const kind = differenceKinds.get(code);
    return {
      colour: kind?.colour ?? [0, 0, 0],
      opacity: (kind?.opacity ?? 0) * Math.min(1, 0.3 + state.opacity),
      isVisible: kind !== undefined,
    };
  };

/** A mask that is shown is on its way, or the file turned out to be a label map, which is offered as one next. */
export function awaitsLabels(study: Study, state: ViewState): boolean {
  if (shownIds(state).some((id) => study.segmentation(id) && study.mask(id).state === 'loading')) return true;
  const { image, description, segmentations } = study;
  const { load } = image;
  const isLabelMap = load.state === 'ready' && load.value.labels !== null && description.channels.length === 1;
  return isLabelMap && !segmentations.some(({ isOpened }) => isOpened);
}

/** The 3D view: the first of the segmentations, or the difference. */
export function sceneContent(study: Study, state: ViewState, hidesMasks: boolean): SceneContent {
  const { layout } = state;
  const difference =
    layout.kind === 'difference' ? study.comparisons.difference(layout.prediction, layout.reference) : undefined;
  const id = shownIds(state)[0];
  const labels: Layer | undefined =
    difference?.state === 'ready'
      ? { grid: study.grid, voxels: difference.voxels }
      : layout.kind === 'difference' || id === undefined
        ? undefined
        : study.maskLayer(id);
  const styleOf = difference ? differenceStyle(state) : labelStyle(study, state, shownIds(state));
  const versions = shownIds(state).map((one) => [one, study.maskVersion(one)]);
  return {
    image: study.image.layer,
    imageKey: `${state.channel}/${state.frame}/${study.image.version}/${JSON.stringify(windowInForce(study, state))}`,
    range: study.image.storedWindow(windowInForce(study, state)),
    labels,
    awaitsLabels: awaitsLabels(study, state),
    labelsKey: labels ? JSON.stringify([layout.kind === 'difference', versions, state.frame]) : 'none',
    styleOf: (label) => ({ ...styleOf(label), ...(hidesMasks ? { isVisible: false } : {}) }),
    crosshair: state.crosshair,
    showsCrosshair: true,
  };
}
