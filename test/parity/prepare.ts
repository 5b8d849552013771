/**
 * Writes models as Calibrant prepares them (constants and BatchNormalization folded, opset 13 or above), so that ONNX Runtime's Python tool starts from the
 * same graph. Run by make_goldens.py: node test/parity/prepare.ts MODEL OPSET OUT [MODEL OPSET OUT …]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { prepareModel } from '../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';

const files = process.argv.slice(2);
for (let i = 0; i + 2 < files.length; i += 3) {
  const { model } = prepareModel(readModel(new Uint8Array(readFileSync(files[i] as string))), { opset: Number(files[i + 1]) });
  writeFileSync(files[i + 2] as string, writeModel(model));
}
