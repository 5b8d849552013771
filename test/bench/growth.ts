/**
 * Time by stage and memory of the whole quantize job as models grow: 1000, 2000 and 3000 nodes with small tensors, then 125, 250 and 500 MB of weights in
 * a file beside the model. Both should grow with a straight line. CALIBRANT_BENCH_HUGE=1 adds a model of 2.2 GB, which needs 5 GB of disk and 8 GB of memory.
 * Run: node test/bench/growth.ts
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { forkRunner, runOnce } from '../../src-main/app/index.ts';
import type { Stage } from '../../src-main/contract/jobs.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import type { Model, Node, Tensor } from '../../src-main/core/onnx/graph.ts';
import { floatTensor } from '../../src-main/core/onnx/tensor.ts';
import { writeOutputModel } from '../../src-main/runner/output-model.ts';
import { info, modelOf, node } from '../core/onnx/build.ts';
import { noise } from '../core/onnx/run.ts';
import { npy } from '../fixtures/arrays.ts';

const SAMPLES = 8;
const STAGES: Stage[] = ['load', 'statistics', 'parameters', 'emit', 'verify'];

const spawn = forkRunner(resolve(import.meta.dirname, '../../src-main/runner/main.ts'));
const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));

/** Residual blocks of Conv, Relu and Add on 8 channels of 8×8. The branches are weak, so that a thousand of them do not overflow. */
function manyNodes(count: number): Model {
  const shape = [1, 8, 8, 8];
  const nodes: Node[] = [];
  const constants: Tensor[] = [];
  for (let i = 0; i < count / 3; i++) {
    constants.push(
      floatTensor(
        `w${i}`,
        [8, 8, 3, 3],
        noise(576, i + 1).map((value) => value * 0.01),
      ),
    );
    nodes.push(node('Conv', [`x${i}`, `w${i}`], [`c${i}`], { pads: [1, 1, 1, 1] }), node('Relu', [`c${i}`], [`r${i}`]));
    nodes.push(node('Add', [`x${i}`, `r${i}`], [`x${i + 1}`]));
  }
  return modelOf({ nodes, inputs: [info('x0', shape)], outputs: [info(`x${count / 3}`, shape)], constants });
}

/** Layers of 2048 times 2048 weights, 16.8 MB each, scaled so that activations stay as large as they are. */
function manyWeights(bytes: number): Model {
  const width = 2048;
  const layers = Math.round(bytes / (4 * width * width));
  const layer = noise(width * width).map((value) => value * Math.sqrt(6 / width));
  const nodes = Array.from({ length: layers }, (_, i) => [
    node('Gemm', [`x${i}`, `w${i}`], [`g${i}`], { transB: 1 }),
    node('Relu', [`g${i}`], [`x${i + 1}`]),
  ]).flat();
  // Tensors of their own on one memory: this process needs little, and the file has all of them.
  const constants = Array.from({ length: layers }, (_, i) => floatTensor(`w${i}`, [width, width], layer.subarray()));
  return modelOf({ nodes, inputs: [info('x0', [1, width])], outputs: [info(`x${layers}`, [1, width])], constants });
}

async function measure(label: string, model: Model): Promise<Record<string, string>> {
  const place = join(folder, 'work');
  mkdirSync(place);
  const [float, output] = [join(place, 'float.onnx'), join(place, 'int8.onnx')];
  const { bytes } = await writeOutputModel(float, model, { external: label.endsWith('B'), verify: () => Promise.resolve() });
  const shape = (model.graph.inputs[0]?.shape ?? []).map(Number).slice(1);
  mkdirSync(join(place, 'data'));
  const values = noise(SAMPLES * shape.reduce((product, size) => product * size, 1));
  writeFileSync(join(place, 'data', 'x.npy'), npy('<f4', [SAMPLES, ...shape], values));

  const starts: { stage: Stage; at: number }[] = [];
  const started = performance.now();
  const onProgress = ({ stage }: { stage: Stage }): void => {
    if (starts.at(-1)?.stage !== stage) starts.push({ stage, at: performance.now() });
  };
  const recipe = { ...DEFAULT_RECIPE, samples: SAMPLES };
  const result = await runOnce(spawn, { kind: 'quantize', model: float, data: { path: join(place, 'data'), seed: 0 }, recipe, output }, { onProgress });
  const ended = performance.now();
  const seconds = STAGES.map((name): [string, string] => {
    const i = starts.findIndex(({ stage }) => stage === name);
    const from = starts[i]?.at ?? ended;
    return [`${name} s`, (((starts[i + 1]?.at ?? ended) - from) / 1000).toFixed(2)];
  });
  const files = [output, ...result.external.map(({ name }) => join(place, name))];
  const written = files.reduce((sum, file) => sum + statSync(file).size, 0);
  rmSync(place, { recursive: true });
  return {
    model: label,
    'float MB': (bytes / 1e6).toFixed(1),
    'INT8 MB': (written / 1e6).toFixed(1),
    ...Object.fromEntries(seconds),
    'all s': ((ended - started) / 1000).toFixed(2),
    'peak MB': (result.peakRssBytes / 1e6).toFixed(0),
  };
}

try {
  const rows = [];
  for (const count of [999, 2001, 3000]) rows.push(await measure(`${count} nodes`, manyNodes(count)));
  const sizes = [125, 250, 500, ...(process.env['CALIBRANT_BENCH_HUGE'] === '1' ? [2200] : [])];
  for (const size of sizes) rows.push(await measure(`${size} MB`, manyWeights(size * 1e6)));
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
