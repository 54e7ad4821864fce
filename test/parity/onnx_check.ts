/** Exports every kind of network with random weights for onnx_check.py, and what ONNX Runtime gives in Node: onnx_check.cjs FOLDER */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { npyArray, writeNpy } from '../../src/dataset/npy';
import { SafetensorsFile } from '../../src/engine/safetensors';
import { writeOnnx } from '../../src/inference/export/encodeModel';
import { withHalfWeights } from '../../src/inference/export/halfWeights';
import { modelGraph } from '../../src/inference/export/modelGraph';
import { operatorSet } from '../../src/inference/export/onnxSchema';
import { withSliceLayers } from '../../src/inference/export/sliceLayers';
import { batchNormVariants, randomVolume, variants, writeRandomWeights } from '../golden/onnxExportVariants';

async function main(folder: string): Promise<void> {
  const models = [];
  for (const [index, variant] of [...variants, ...batchNormVariants].entries()) {
    const { network, patch } = variant;
    const folds = index % 4 === 3 ? 2 : 1;
    const weights = Array.from({ length: folds }, (_, fold) => join(folder, `${index}_${fold}.safetensors`));
    for (const [fold, file] of weights.entries()) await writeRandomWeights(file, network, 10 * index + fold);
    const shape = [2, network.inputChannels, ...patch];
    const image = randomVolume(
      shape.reduce((product, size) => product * size, 1),
      index,
    );
    await writeNpy(join(folder, `${index}_image.npy`), npyArray(image, shape));
    const opened = await Promise.all(weights.map((file) => SafetensorsFile.open(file)));
    const graph = modelGraph(
      'test',
      opened.map(({ tensors }, fold) => ({ name: `fold_${fold}`, network, tensors })),
    );
    const forms = { fp32: graph, fp16: withHalfWeights(graph), cpu: withSliceLayers(graph, patch) };
    for (const [form, changed] of Object.entries(forms)) {
      if (!changed) continue; // 2D networks have no other form for processors.
      const file = join(folder, `${index}_${form}.onnx`);
      const header = {
        operatorSet,
        producer: 'nnU-Net for VS Code',
        producerVersion: '0',
        documentation: variant.name,
        metadata: { nnunet: '{}' },
      };
      await writeOnnx(file, header, changed);
      const session = await InferenceSession.create(file, { executionProviders: ['cpu'] });
      const { logits } = await session.run({ image: new Tensor('float32', image, shape) });
      const target = join(folder, `${index}_${form}.npy`);
      await writeNpy(target, npyArray(logits!.data as Float32Array, logits!.dims));
      await session.release();
    }
    for (const file of opened) await file.close();
    models.push({ name: variant.name, index, network, weights });
  }
  await writeFile(join(folder, 'models.json'), JSON.stringify(models));
}

main(process.argv[2]!).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
