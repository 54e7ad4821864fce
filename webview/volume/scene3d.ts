/** The three-dimensional view: the image as a translucent volume, labels as surfaces, the crosshair as a ball. */
import { t } from '@vscode/l10n';
import '@kitware/vtk.js/Rendering/Profiles/Geometry';
import '@kitware/vtk.js/Rendering/Profiles/Volume';
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray';
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkSphereSource from '@kitware/vtk.js/Filters/Sources/SphereSource';
import vtkOrientationMarkerWidget from '@kitware/vtk.js/Interaction/Widgets/OrientationMarkerWidget';
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor';
import vtkAnnotatedCubeActor from '@kitware/vtk.js/Rendering/Core/AnnotatedCubeActor';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper';
import vtkVolume from '@kitware/vtk.js/Rendering/Core/Volume';
import vtkVolumeMapper from '@kitware/vtk.js/Rendering/Core/VolumeMapper';
import vtkGenericRenderWindow from '@kitware/vtk.js/Rendering/Misc/GenericRenderWindow';
import { applyAffine, columnOf } from '../../src/geometry/affine';
import type { Vector3 } from '../../src/geometry/types';
import { centreOf, spacingOf, type ShownGrid } from './geometry';
import type { LabelStyle, Layer, Window } from './slices';
import { labelBoxes, type Box } from './labelPlaces';
import { reached } from './milestones';
import { isWorthAPicture, labelSurface } from './surfaces';

/** Voxels along the longest side of the rendered volume; more is not seen in a pane of this size. */
const longestSide = 160;
/** Block voxels for all surfaces together. */
const surfaceBudget = 6_000_000;

export class Scene3d {
  private readonly window = vtkGenericRenderWindow.newInstance({ background: [0, 0, 0], listenWindowResize: false });
  private readonly ball = vtkActor.newInstance();
  private readonly volume = vtkVolume.newInstance();
  private readonly volumeMapper = vtkVolumeMapper.newInstance();
  private readonly surfaces = new Map<number, vtkActor>();
  private readonly marker: vtkOrientationMarkerWidget | undefined;
  private readonly isSoftware: boolean;
  private volumeKey = '';
  private surfaceKey = '';
  private hasVolume = false;
  private work = 0;

  /** @throws where the browser has no WebGL 2 */
  constructor(
    private readonly container: HTMLElement,
    private readonly grid: ShownGrid,
    hasOrientation: boolean,
    private readonly onProgress: (message: string | undefined) => void,
  ) {
    const renderer = rendererName();
    if (renderer === undefined) throw new Error('This machine offers no WebGL 2, which the 3D view needs.');
    this.isSoftware = /swiftshader|llvmpipe|software/i.test(renderer);
    this.window.setContainer(container);
    this.volume.setMapper(this.volumeMapper);
    this.ball.setMapper(vtkMapper.newInstance());
    const size = Math.max(...grid.shape.map((length, axis) => length * (spacingOf(grid.affine)[axis] ?? 1)));
    const sphere = vtkSphereSource.newInstance({ radius: size / 120, thetaResolution: 16, phiResolution: 16 });
    this.ball.getMapper()?.setInputConnection(sphere.getOutputPort());
    this.ball.getProperty().setColor(1, 1, 1);
    this.ball.getProperty().setAmbient(0.6);
    this.window.getRenderer().addActor(this.ball);
    if (hasOrientation) this.marker = this.addMarker();
    this.resize();
    this.lookFrom('anterior');
  }

  private addMarker(): vtkOrientationMarkerWidget {
    const cube = vtkAnnotatedCubeActor.newInstance();
    cube.setDefaultStyle({
      fontStyle: 'bold',
      fontFamily: 'sans-serif',
      fontColor: '#ffffff',
      faceColor: '#3a4654',
      faceRotation: 0,
      edgeThickness: 0.06,
      edgeColor: '#9aa7b5',
      resolution: 200,
    });
    cube.setXPlusFaceProperty({ text: 'R', faceRotation: 90 });
    cube.setXMinusFaceProperty({ text: 'L', faceRotation: -90 });
    cube.setYPlusFaceProperty({ text: 'A', faceRotation: 180 });
    cube.setYMinusFaceProperty({ text: 'P' });
    cube.setZPlusFaceProperty({ text: 'S' });
    cube.setZMinusFaceProperty({ text: 'I' });
    const marker = vtkOrientationMarkerWidget.newInstance({ actor: cube, interactor: this.window.getInteractor() });
    marker.setEnabled(true);
    marker.setViewportCorner(vtkOrientationMarkerWidget.Corners.BOTTOM_RIGHT);
    marker.setViewportSize(0.16);
    marker.setMinPixelSize(48);
    marker.setMaxPixelSize(84);
    return marker;
  }

  resize(): void {
    this.window.resize();
    // The marker's own observer may have looked before the canvas had its new size.
    this.marker?.updateViewport();
  }

  lookFrom(side: 'anterior' | 'superior' | 'right'): void {
    const renderer = this.window.getRenderer();
    const camera = renderer.getActiveCamera();
    const centre = centreOf(this.grid);
    const size = spacingOf(this.grid.affine).map((mm, axis) => mm * (this.grid.shape[axis] ?? 1));
    const distance = 2 * Math.hypot(...size);
    const direction: Record<typeof side, Vector3> = { anterior: [0.35, 1, 0.3], superior: [0, 0, 1], right: [1, 0, 0] };
    const length = Math.hypot(...direction[side]);
    const [x, y, z] = direction[side].map(
      (value, axis) => (centre[axis] ?? 0) + (value / length) * distance,
    ) as Vector3;
    camera.setFocalPoint(...centre);
    camera.setPosition(x, y, z);
    camera.setViewUp(...(side === 'superior' ? ([0, 1, 0] as Vector3) : ([0, 0, 1] as Vector3)));
    const corners = [0, 1].flatMap((i) =>
      [0, 1].flatMap((j) =>
        [0, 1].map((k) =>
          applyAffine(
            this.grid.affine,
            [i, j, k].map((end, axis) => end * ((this.grid.shape[axis] ?? 1) - 1)) as Vector3,
          ),
        ),
      ),
    );
    const bounds = [0, 1, 2].flatMap((axis) => {
      const values = corners.map((corner) => corner[axis] ?? 0);
      return [Math.min(...values), Math.max(...values)];
    });
    renderer.resetCamera(bounds as [number, number, number, number, number, number]);
    camera.zoom(1.35);
    this.render();
  }

  /** @param range  stored values that the volume's shades span */
  setImage(layer: Layer | undefined, key: string, range: Window): void {
    if (key === this.volumeKey) return;
    this.volumeKey = key;
    const renderer = this.window.getRenderer();
    if (this.hasVolume) renderer.removeVolume(this.volume);
    this.hasVolume = layer !== undefined;
    if (!layer) {
      this.render();
      return;
    }
    const image = shadedVolume(layer, range);
    this.volumeMapper.setInputData(image);
    const step = Math.min(...image.getSpacing());
    this.volumeMapper.setSampleDistance(step * (this.isSoftware ? 1.5 : 0.7));
    this.volumeMapper.setImageSampleDistance(this.isSoftware ? 2 : 1);
    const colours = vtkColorTransferFunction.newInstance();
    colours.addRGBPoint(0, 0, 0, 0);
    colours.addRGBPoint(110, 0.72, 0.55, 0.45);
    colours.addRGBPoint(255, 1, 0.97, 0.9);
    const opacity = vtkPiecewiseFunction.newInstance();
    opacity.addPoint(0, 0);
    opacity.addPoint(50, 0);
    opacity.addPoint(140, 0.12);
    opacity.addPoint(255, 0.45);
    const property = this.volume.getProperty();
    property.setRGBTransferFunction(0, colours);
    property.setScalarOpacity(0, opacity);
    property.setScalarOpacityUnitDistance(0, step * 3);
    property.setInterpolationTypeToLinear();
    property.setShade(!this.isSoftware);
    property.setAmbient(0.35);
    property.setDiffuse(0.75);
    property.setSpecular(0.15);
    renderer.addVolume(this.volume);
    renderer.resetCameraClippingRange();
    this.render();
  }

  /** Builds the surfaces one label at a time, so that the page stays awake. */
  setLabels(layer: Layer | undefined, key: string, styleOf: (label: number) => LabelStyle): void {
    if (key === this.surfaceKey) {
      this.style(styleOf);
      return;
    }
    this.surfaceKey = key;
    const renderer = this.window.getRenderer();
    for (const actor of this.surfaces.values()) renderer.removeActor(actor);
    this.surfaces.clear();
    const work = ++this.work;
    if (!layer) {
      this.onProgress(undefined);
      this.render();
      return;
    }
    const boxes = [...labelBoxes(layer)];
    const cells = Math.max(30_000, Math.min(500_000, Math.floor(surfaceBudget / Math.max(boxes.length, 1))));
    const next = (index: number): void => {
      if (work !== this.work) return;
      const one = boxes[index];
      if (!one) {
        this.onProgress(undefined);
        reached('surfaces');
        return;
      }
      this.onProgress(t('Building surfaces, {0} of {1}', index + 1, boxes.length));
      this.addSurface(layer, one[0], one[1], cells, styleOf);
      // Without a graphics card one picture takes longer than one surface.
      if (isWorthAPicture(index + 1, boxes.length)) this.render();
      setTimeout(() => next(index + 1), 0);
    };
    next(0);
  }

  /** Not drawn yet. */
  private addSurface(layer: Layer, label: number, box: Box, cells: number, styleOf: (l: number) => LabelStyle): void {
    const mapper = vtkMapper.newInstance({ scalarVisibility: false });
    mapper.setInputData(labelSurface(layer, label, box, cells));
    const actor = vtkActor.newInstance();
    actor.setMapper(mapper);
    const property = actor.getProperty();
    property.setSpecular(0.25);
    property.setSpecularPower(20);
    property.setAmbient(0.15);
    this.surfaces.set(label, actor);
    this.window.getRenderer().addActor(actor);
    setStyle(actor, styleOf(label));
    this.window.getRenderer().resetCameraClippingRange();
  }

  private style(styleOf: (label: number) => LabelStyle): void {
    const changed = [...this.surfaces].filter(([label, actor]) => setStyle(actor, styleOf(label)));
    if (changed.length === 0) return;
    this.window.getRenderer().resetCameraClippingRange();
    this.render();
  }

  /** The image veils the surfaces: off by default where there are any. */
  showVolume(isShown: boolean): void {
    if (this.volume.getVisibility() === isShown) return;
    this.volume.setVisibility(isShown);
    this.render();
  }

  setCrosshair(world: Vector3, isShown: boolean): void {
    const isMoved = this.ball.setPosition(...world);
    const isToggled = this.ball.setVisibility(isShown);
    if (isMoved || isToggled) this.render();
  }

  private frame = 0;

  render(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.container.clientWidth > 0) this.window.getRenderWindow().render();
    });
  }

  /** A picture of the view as it is. */
  async picture(): Promise<HTMLImageElement> {
    const [capture] = this.window.getRenderWindow().captureImages();
    const url = await capture;
    const image = new Image();
    image.src = url ?? '';
    await image.decode();
    return image;
  }

  dispose(): void {
    this.work++;
    cancelAnimationFrame(this.frame);
    this.marker?.setEnabled(false);
    this.window.delete();
  }
}

/** @returns whether it looked otherwise before */
function setStyle(actor: vtkActor, { colour, isVisible }: LabelStyle): boolean {
  const isToggled = actor.setVisibility(isVisible);
  const property = actor.getProperty();
  // Its setter returns nothing.
  const before = property.getMTime();
  property.setColor(colour[0] / 255, colour[1] / 255, colour[2] / 255);
  return isToggled || property.getMTime() !== before;
}

/** The image in 256 shades, along its own axes, coarse enough for the graphics memory. */
function shadedVolume({ grid, voxels }: Layer, { low, high }: Window): vtkImageData {
  const stride = grid.shape.map((length) => Math.max(1, Math.ceil(length / longestSide))) as Vector3;
  const shape = grid.shape.map((length, axis) => Math.ceil(length / (stride[axis] ?? 1))) as Vector3;
  const values = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const scale = high > low ? 255 / (high - low) : 0;
  let target = 0;
  for (let z = 0; z < shape[2]; z++)
    for (let y = 0; y < shape[1]; y++) {
      let source = (z * stride[2] * grid.shape[1] + y * stride[1]) * grid.shape[0];
      for (let x = 0; x < shape[0]; x++, source += stride[0])
        values[target++] = Math.min(255, Math.max(0, ((voxels[source] ?? low) - low) * scale));
    }
  const spacing = spacingOf(grid.affine);
  const image = vtkImageData.newInstance();
  image.setDimensions(shape);
  image.setSpacing(spacing.map((mm, axis) => mm * (stride[axis] ?? 1)) as Vector3);
  image.setOrigin(applyAffine(grid.affine, [0, 0, 0]));
  const unit = [0, 1, 2].flatMap((axis) => columnOf(grid.affine, axis).map((value) => value / (spacing[axis] ?? 1)));
  image.setDirection(unit as [number, number, number, number, number, number, number, number, number]);
  image.getPointData().setScalars(vtkDataArray.newInstance({ name: 'image', values, numberOfComponents: 1 }));
  return image;
}

/** The graphics card's name, or undefined without WebGL 2. */
function rendererName(): string | undefined {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return undefined;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}
