/**
 * progress.png of a fold folder: the losses with the pseudo Dice, seconds per epoch, and learning rate, as nnU-Net draws
 * them. Its export of a model to a zip needs the file.
 */
import { join } from 'node:path';
import { writeVolume } from '../../images/write';
import { readEpochs } from '../../jobs/epochs';
import { rowOfEvent, TrainingCurves } from '../trainingCurves';
import { axisOf, type Axis } from './axis';
import { Canvas, letterWidth, textHeight, type Colour, type Stroke } from './canvas';

const width = 1000;
const panelHeight = 400;
const margin = { left: 110, right: 110, top: 30, bottom: 60 };

const black: Colour = [0, 0, 0];
const grid: Colour = [225, 225, 225];
const blue: Stroke = { colour: [31, 80, 200], thickness: 3 };
const red: Stroke = { colour: [210, 40, 40], thickness: 3 };
const green: Stroke = { colour: [20, 130, 50], thickness: 3 };
const dottedGreen: Stroke = { colour: [20, 130, 50], thickness: 2, dash: 5 };

interface Line {
  name: string;
  values: readonly number[];
  stroke: Stroke;
}

/** Draws all epochs that the run's event log knows. */
export async function writeProgressPicture(foldFolder: string): Promise<void> {
  const curves = new TrainingCurves();
  for (const event of readEpochs(foldFolder)) curves.add(rowOfEvent(event));
  const { pixels, height } = drawProgress(curves);
  await writeVolume(join(foldFolder, 'progress.png'), pixels, [3, 1, height, width]);
}

export function drawProgress(curves: TrainingCurves): Canvas {
  const canvas = new Canvas(width, 3 * panelHeight);
  const line = (name: string, column: Parameters<TrainingCurves['column']>[0], stroke: Stroke): Line => ({
    name,
    values: curves.column(column),
    stroke,
  });
  const epochs = curves.column('epoch');
  panel(canvas, 0, epochs, {
    left: [line('loss_tr', 'trainLoss', blue), line('loss_val', 'valLoss', red)],
    leftName: 'loss',
    right: [line('pseudo dice', 'meanDice', dottedGreen), line('pseudo dice (mov. avg.)', 'emaDice', green)],
  });
  panel(canvas, 1, epochs, { left: [line('epoch duration', 'seconds', blue)], leftName: 'time [s]' });
  panel(canvas, 2, epochs, { left: [line('learning rate', 'learningRate', blue)], leftName: 'rate' });
  return canvas;
}

interface PanelContent {
  left: Line[];
  leftName: string;
  right?: Line[];
}

function panel(
  canvas: Canvas,
  index: number,
  epochs: readonly number[],
  { left, leftName, right = [] }: PanelContent,
): void {
  const [x0, x1] = [margin.left, width - margin.right];
  const [y0, y1] = [(index + 1) * panelHeight - margin.bottom, index * panelHeight + margin.top];
  const epochAxis = axisOf(epochs, [x0, x1], true);
  const leftAxis = axisOf(
    left.flatMap(({ values }) => values),
    [y0, y1],
  );
  const frame = { colour: black };
  for (const { at, label } of epochAxis.ticks) {
    canvas.polyline([[at, y0], [at, y1]], { colour: grid }); // prettier-ignore
    canvas.text(at, y0 + textHeight, label, black, 'middle');
  }
  for (const { at, label } of leftAxis.ticks) {
    canvas.polyline([[x0, at], [x1, at]], { colour: grid }); // prettier-ignore
    canvas.text(x0 - letterWidth / 2, at, label, black, 'right');
  }
  canvas.text((x0 + x1) / 2, y0 + 2.5 * textHeight, 'epoch', black, 'middle');
  canvas.text(letterWidth / 2, y1 - textHeight, leftName, black);
  for (const line of left) draw(canvas, epochs, epochAxis, leftAxis, line);
  if (right.length > 0) {
    const rightAxis = axisOf(
      right.flatMap(({ values }) => values),
      [y0, y1],
    );
    for (const { at, label } of rightAxis.ticks) canvas.text(x1 + letterWidth / 2, at, label, black);
    for (const line of right) draw(canvas, epochs, epochAxis, rightAxis, line);
  }
  canvas.polyline([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]], frame); // prettier-ignore
  legend(canvas, [...left, ...right], x0, y1);
}

function draw(canvas: Canvas, epochs: readonly number[], x: Axis, y: Axis, { values, stroke }: Line): void {
  const points = epochs.map((epoch, row) => [x.position(epoch), y.position(values[row] ?? NaN)] as const);
  // A single epoch is a short dash, so that it can be seen.
  const [first] = points;
  canvas.polyline(points.length === 1 && first ? [[first[0] - 3, first[1]], [first[0] + 3, first[1]]] : points, stroke); // prettier-ignore
}

/** In one row above the frame. */
function legend(canvas: Canvas, lines: readonly Line[], x0: number, y1: number): void {
  let x = x0 + 2 * letterWidth;
  for (const { name, stroke } of lines) {
    canvas.polyline([[x, y1 - textHeight], [x + 30, y1 - textHeight]], stroke); // prettier-ignore
    canvas.text(x + 38, y1 - textHeight, name, black);
    x += 38 + (name.length + 2) * letterWidth;
  }
}
