/**
 * Writes models as Calibrant prepares them (constants and BatchNormalization folded, opset 13 or above), so that ONNX Runtime's Python tool starts from the
 * same graph. Run by make_goldens.py: node test/parity/prepare.ts MODEL OUT [MODEL OUT …]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { prepareModel } from '../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';

const files = process.argv.slice(2);
for (let i = 0; i + 1 < files.length; i += 2) {
  const { model } = prepareModel(readModel(new Uint8Array(readFileSync(files[i] as string))));
  writeFileSync(files[i + 1] as string, writeModel(model));
}
