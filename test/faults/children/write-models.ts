import { writeSync } from 'node:fs';
import { floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeOutputModel } from '../../../src-main/runner/output-model.ts';
import { info, modelOf, node } from '../../core/onnx/build.ts';
import { noise } from '../../core/onnx/run.ts';

/** Writes one output over and over, each time with other weights in a file of their own, until somebody kills it. */
const [path = ''] = process.argv.slice(2);
for (let seed = 1; ; seed++) {
  const ends = { inputs: [info('x', [1000])], outputs: [info('y', [1000])] };
  const model = modelOf({ nodes: [node('Add', ['x', 'w'], ['y'])], ...ends, constants: [floatTensor('w', [1000], noise(1000, seed))] });
  await writeOutputModel(path, model, { external: true, verify: () => Promise.resolve() });
  writeSync(1, `${seed}\n`);
}
