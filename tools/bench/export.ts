/** Our side of the benchmark's export row: logits in the network's spacing to a label file in the image's. */
import { readFileSync } from 'node:fs';
import { readNpy } from '../../src/dataset/npy';
import { readImages } from '../../src/images/volumes';
import { writeSegmentation } from '../../src/images/write';
import { exportLogits } from '../../src/voxels/export';

interface Job {
  plans: string;
  configuration: string;
  image: string;
  logits: string;
  output: string;
  threads: number;
}

async function main(): Promise<void> {
  const job = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Job;
  const plans = JSON.parse(readFileSync(job.plans, 'utf8'));
  const configuration = plans.configurations[job.configuration];
  const { shape, properties } = await readImages([job.image], 'SimpleITKIO');
  const [, z, y, x] = shape;
  const { data, shape: logitsShape } = await readNpy(job.logits);
  const [heads, ...shape3] = logitsShape as [number, number, number, number];
  const { order, order_z, force_separate_z } = configuration.resampling_fn_probabilities_kwargs;
  const start = performance.now();
  const { segmentation, shape3: exportedShape } = await exportLogits(
    {
      logits: data as Uint16Array,
      heads,
      shape3,
      configurationSpacing: configuration.spacing,
      properties: {
        ...properties,
        shape_before_cropping: [z, y, x],
        bbox_used_for_cropping: [
          [0, z],
          [0, y],
          [0, x],
        ],
        shape_after_cropping_and_before_resampling: [z, y, x],
      },
      transposeForward: plans.transpose_forward,
      transposeBackward: plans.transpose_backward,
      labels: { foreground: Array.from({ length: heads - 1 }, (_, index) => index + 1) },
      resampling: { order: order ?? 1, orderZ: order_z ?? 0, forceSeparateZ: force_separate_z ?? null },
    },
    { threads: job.threads },
  );
  await writeSegmentation(`${job.output}.nii.gz`, segmentation, exportedShape, properties, 'SimpleITKIO');
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, threads: job.threads }));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
