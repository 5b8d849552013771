import type { Model } from './graph.ts';

/** Versions of ai.onnx whose models are understood. The newest is the newest that ONNX Runtime 1.30 loads; nothing that is quantized changed after 21. */
export const OLDEST_OPSET = 7;
export const NEWEST_OPSET = 26;

/** What older graphs are converted to at least: the first with per-channel DequantizeLinear. */
export const TARGET_OPSET = 13;

/** Version of ai.onnx that a model uses; 0 if it names none. */
export function opsetOf(model: Model): number {
  return model.opsets.get('') ?? 0;
}

/** The version of the file format that came with a version of the operators, from 13 on; readers refuse an older one with it. */
export function irVersionOf(opset: number): number {
  const first = [13, 15, 19, 21, 23, 24, 25];
  return 6 + first.filter((version) => opset >= version).length;
}
