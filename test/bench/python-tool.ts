import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import * as v from 'valibot';

const FiguresSchema = v.object({ seconds: v.number(), idle: v.number(), peak: v.number() });
export type PythonFigures = v.InferOutput<typeof FiguresSchema>;

const PYTHON = process.env['CALIBRANT_BENCH_PYTHON'] ?? 'python3';

/** Whether there is a Python with onnxruntime: named in CALIBRANT_BENCH_PYTHON, or python3. */
export function hasPythonTool(): boolean {
  return spawnSync(PYTHON, ['-c', 'import onnx, onnxruntime.quantization'], { stdio: 'ignore' }).status === 0;
}

/** `quantize_static` in a process of its own. */
export function pythonTool(model: string, images: string, method: 'MinMax' | 'Percentile', output: string): PythonFigures {
  const script = resolve(import.meta.dirname, 'quantize_static.py');
  const { status, stdout, stderr } = spawnSync(PYTHON, [script, model, images, method, output], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The Python tool failed: ${stderr}`);
  return v.parse(FiguresSchema, JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}
