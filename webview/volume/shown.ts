/** What the panes show of a study in the state that the person chose: image, masks, differences, and notices. */
import type { Notice, Overlay, PaneContent } from './paneContent';
import type { SceneContent } from './scenePane';
import type { LabelStyle, Layer } from './slices';
import type { ViewState } from './state';
import { differenceKinds, type Study } from './study';

/** @param segmentation  the one that a pane of the compare layout shows */
export function paneContent(
  study: Study,
  state: ViewState,
  segmentation: string | undefined,
  hidesMasks: boolean,
): PaneContent {
  const { description, grid } = study;
  const colours = study.colourChannels.map((voxels) => ({ grid, voxels }));
  const window = study.storedWindow(state.window ?? study.autoWindow);
  return {
    display: grid,
    imageKey: `${state.channel}/${state.frame}/${study.imageVersion}`,
    image: study.imageLayer,
    colours: description.isColour && colours.length === 3 ? colours : undefined,
    window,
    overlays: hidesMasks ? [] : overlays(study, state, segmentation),
    crosshair: state.crosshair,
    showsCrosshair: description.dimensions === 3,
    isSmooth: state.zoom < 8,
    convention: state.isRadiological || description.dimensions === 2 ? 'radiological' : 'neurological',
    hasOrientation: description.hasOrientation && description.dimensions === 3,
    title: segmentation === undefined ? undefined : study.segmentation(segmentation)?.name,
    notice: notice(study, state, segmentation),
    region: state.region ?? undefined,
  };
}

/** The segmentations that a layout shows. */
export function shownIds({ layout, segmentations }: ViewState): string[] {
  if (layout.kind === 'compare') return layout.segmentations;
  if (layout.kind === 'difference') return [layout.prediction, layout.reference];
  return segmentations;
}

function notice(study: Study, state: ViewState, segmentation: string | undefined): Notice | undefined {
  const { image } = study;
  if (image.state === 'failed') return { message: image.message, hint: image.hint, isError: true };
  if (image.state === 'loading') return { message: `Reading the image, ${Math.round(image.fraction * 100)} %` };
  const { layout } = state;
  if (layout.kind === 'difference') {
    const load = study.difference(layout.prediction, layout.reference);
    if (load.state === 'failed') return { message: load.message, hint: load.hint, isError: true };
    if (load.state === 'loading') return { message: 'Looking for differences' };
    return undefined;
  }
  for (const id of segmentation === undefined ? shownIds(state) : [segmentation]) {
    const load = study.mask(id);
    const name = study.segmentation(id)?.name ?? 'The segmentation';
    if (load.state === 'failed')
      return { message: `${name} can't be shown. ${load.message}`, hint: load.hint, isError: true };
    if (load.state === 'loading') return { message: `Reading ${name}, ${Math.round(load.fraction * 100)} %` };
  }
  return undefined;
}

function overlays(study: Study, state: ViewState, segmentation: string | undefined): Overlay[] {
  const { layout } = state;
  if (layout.kind === 'difference') {
    const load = study.difference(layout.prediction, layout.reference);
    if (load.state !== 'ready') return [];
    const layer: Layer = { grid: study.grid, voxels: load.voxels };
    const key = `difference/${layout.prediction}/${layout.reference}/${state.opacity}/${state.isOutline}`;
    return [{ key, layer, styleOf: differenceStyle(state), isOutline: state.isOutline }];
  }
  const growing = segmentation === undefined ? growingOverlays(study, state) : [];
  const ids = segmentation === undefined ? state.segmentations : [segmentation];
  const masks = ids.flatMap((id, index): Overlay[] => {
    const layer = study.maskLayer(id);
    if (!layer) return [];
    // One is filled, the others are drawn around it: two fills of the same colour would hide each other.
    const isOutline = state.isOutline || index > 0 || growing.length > 0;
    const { opacity, hiddenLabels } = state;
    return [
      {
        key: JSON.stringify([id, opacity, hiddenLabels, isOutline]),
        layer,
        styleOf: labelStyle(study, state, [id]),
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
  const { opacity, hiddenLabels, isOutline } = state;
  const key = JSON.stringify(['growing', growing.version, opacity, hiddenLabels, isOutline]);
  return [{ key, layer, styleOf: labelStyle(study, state), isOutline }];
}

const labelStyle =
  (study: Study, state: ViewState, segmentations: readonly string[] = []) =>
  (label: number): LabelStyle => ({
    colour: study.labelInfo(label, segmentations).colour,
    opacity: state.opacity,
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

/** The 3D view: the first of the segmentations, or the difference. */
export function sceneContent(study: Study, state: ViewState): SceneContent {
  const { layout } = state;
  const difference = layout.kind === 'difference' ? study.difference(layout.prediction, layout.reference) : undefined;
  const id = shownIds(state)[0];
  const labels: Layer | undefined =
    difference?.state === 'ready'
      ? { grid: study.grid, voxels: difference.voxels }
      : layout.kind === 'difference' || id === undefined
        ? undefined
        : study.maskLayer(id);
  return {
    image: study.imageLayer,
    imageKey: `${state.channel}/${state.frame}/${study.imageVersion}/${JSON.stringify(state.window)}`,
    range: study.storedWindow(state.window ?? study.autoWindow),
    labels,
    labelsKey: labels ? `${layout.kind === 'difference'}/${JSON.stringify(shownIds(state))}` : 'none',
    styleOf: difference ? differenceStyle(state) : labelStyle(study, state, shownIds(state)),
    crosshair: state.crosshair,
    showsCrosshair: true,
  };
}
