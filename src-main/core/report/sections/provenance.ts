import { resultTitle } from '../../../contract/recipe-words.ts';
import type { RunResult } from '../../../contract/results.ts';
import type { Section } from '../document.ts';

/** Everything that is needed to repeat the run, or to explain why another machine says otherwise. */
export function provenanceSection({ quantize }: RunResult): Section {
  const from = quantize.provenance;
  return {
    title: 'How to repeat this',
    blocks: [
      {
        kind: 'facts',
        facts: [
          ['Recipe', JSON.stringify(quantize.recipe)],
          [quantize.recipe.format === 'float16' ? 'Overflows sought on' : 'Calibrated on', calibration(quantize)],
          ['Float model SHA-256', from.modelSha256],
          [`${resultTitle(quantize.recipe)} model SHA-256`, quantize.outputSha256],
          ['Data SHA-256', from.dataSha256],
          ['Preprocessing', JSON.stringify(from.preprocess)],
          ['Calibrant, ONNX Runtime, Node', `${from.calibrant}, ${from.onnxruntime}, ${from.node}`],
          ['Machine', `${from.cpu} (${from.cpuFlags.join(', ') || 'flags unknown'}), ${from.threads} threads, ${from.platform}`],
        ],
      },
    ],
  };
}

function calibration({ statistics, images, skipped, provenance: { seed } }: RunResult['quantize']): string {
  if (statistics === 'none') return 'no images: nothing had to be observed';
  return `${images} images${statistics === 'cached' ? ', known from an earlier run' : ''}, ${skipped.length} skipped, seed ${seed}`;
}
