/** One image with a predictor that is opened for it and closed again. */
import { openPredictor, type ImageOptions, type ImagePrediction } from '../../../src/pipeline/prediction/predictor';

type Options = Parameters<typeof openPredictor>[0] & ImageOptions;

export async function predictOnce(options: Options): Promise<ImagePrediction> {
  const predictor = await openPredictor(options);
  try {
    return await predictor.predict(options);
  } finally {
    await predictor.dispose();
  }
}
