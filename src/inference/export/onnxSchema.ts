/** Numbers of the fields of ONNX's messages (onnx.proto3, IR version 8), as far as models are written and read here. */

/**
 * The operators used exist since operator set 17 or before. Every runtime of the last years takes it, on CPU, CUDA, DirectML
 * and CoreML; later sets only add types that these graphs do not need.
 */
export const operatorSet = 17;

export const modelField = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  domain: 4,
  modelVersion: 5,
  documentation: 6,
  graph: 7,
  operatorSets: 8,
  metadata: 14,
} as const;

export const graphField = { node: 1, name: 2, initializer: 5, documentation: 10, input: 11, output: 12 } as const;

export const nodeField = { input: 1, output: 2, name: 3, operator: 4, attribute: 5, domain: 7 } as const;

export const attributeField = { name: 1, float: 2, integer: 3, text: 4, floats: 7, integers: 8, type: 20 } as const;
export const attributeType = { float: 1, integer: 2, text: 3, floats: 6, integers: 7 } as const;

export const tensorField = { sizes: 1, type: 2, name: 8, bytes: 9, place: 14 } as const;

/** A file beside the model holds the tensor's values. */
export const externalPlace = 1;

export const valueField = { name: 1, type: 2 } as const;
export const typeField = { tensor: 1 } as const;
export const tensorTypeField = { element: 1, shape: 2 } as const;
export const shapeField = { dimension: 1 } as const;
export const dimensionField = { size: 1, name: 2 } as const;

export const operatorSetField = { domain: 1, version: 2 } as const;
export const entryField = { key: 1, value: 2 } as const;

/** Numbers of the element types. */
export const elementNumbers = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  text: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const;
export type ElementType = keyof typeof elementNumbers;

export const elementBytes: Record<ElementType, number> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  text: 0,
  bool: 1,
  float16: 2,
  float64: 8,
  bfloat16: 2,
};

const elementNames = new Map(Object.entries(elementNumbers).map(([name, number]) => [number, name as ElementType]));

export function elementType(number: number): ElementType | undefined {
  return elementNames.get(number as 1);
}
