import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Graph, Model } from '../../../src-main/core/onnx/graph.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { ModelProtoSchema, StringStringEntryProtoSchema } from '../../../src-main/core/onnx/schema_pb.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { info, modelOf, node } from '../../core/onnx/build.ts';
import { floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { putFiles } from '../../fixtures/images.ts';
import { ROOT } from './cli.ts';

const SAMPLE = join(ROOT, 'resources/sample');
const bytes = new Uint8Array(readFileSync(join(SAMPLE, 'model.onnx')));
const JPEGS_PER_CLASS = 2;

/**
 * A folder with everything that a command line can be given by mistake, made of the bundled sample. Its name and the names in it have spaces and letters
 * outside ASCII. `models/` and `data/` are good; whoever asks removes the folder.
 */
export function makeBadFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'calibrant schlechte Eingaben 数据 '));
  const model = (name: string, content: Uint8Array | Model): void =>
    void putFiles(folder, { [`models/${name}.onnx`]: content instanceof Uint8Array ? content : writeModel(content) });

  model('gut ä', bytes);
  model('no protobuf', new TextEncoder().encode('<html>404 not found</html>'));
  model('truncated', bytes.subarray(0, bytes.length >> 1));
  model('empty', new Uint8Array(0));
  mkdirSync(join(folder, 'models/folder.onnx'));
  model('external missing', withExternalWeights('weights.bin'));
  model('external climbing', withExternalWeights('../../../../etc/passwd'));
  model('external absolute', withExternalWeights('/etc/passwd'));
  model('external linked', withExternalWeights('linked.bin'));
  symlinkSync('/etc/passwd', join(folder, 'models/linked.bin'));
  model('external short', withExternalWeights('short.bin'));
  putFiles(folder, { 'models/short.bin': new Uint8Array(10) });

  model(
    'foreign domain',
    changed((graph) => ({ ...graph, nodes: graph.nodes.map((each, i) => (i === 4 ? { ...each, domain: 'com.example' } : each)) })),
  );
  model('nan weights', changed(withNan));
  model(
    'float16',
    changed((graph) => ({ ...graph, inputs: graph.inputs.map((input) => ({ ...input, type: 'float16' })) })),
  );
  model('quantized', quantizedModel());
  model('open size', classifier([1, 3, 'height', 'width'], 10));
  model('five classes', classifier([1, 3, 64, 64], 5));
  model('unrelated', classifier([1, 3, 64, 64], 10));
  model('vectors', modelOf({ nodes: [node('Relu', ['x'], ['y'])], inputs: [info('x', [1, 12])], outputs: [info('y', [1, 12])] }));
  model('two inputs', modelOf({ nodes: [node('Add', ['a', 'b'], ['y'])], inputs: [info('a', [1, 3, 8, 8]), info('b', [1, 3, 8, 8])], outputs: [info('y')] }));

  const good = join(folder, 'data');
  for (const name of readdirSync(join(SAMPLE, 'images'))) {
    const from = join(SAMPLE, 'images', name);
    if (name === 'preprocess.json') cpSync(from, join(good, name));
    else readdirSync(from).slice(0, JPEGS_PER_CLASS).forEach((file) => cpSync(join(from, file), join(good, name, `${file.replace('.', ' ü.')}`), { recursive: true })); // prettier-ignore
  }
  const classes = readdirSync(good).filter((name) => name !== 'preprocess.json');
  const [first = ''] = readdirSync(join(good, classes[0] ?? ''));
  const image = readFileSync(join(good, classes[0] ?? '', first));
  const data = (name: string, files: Record<string, string | Uint8Array>): void => {
    cpSync(good, join(folder, name), { recursive: true });
    putFiles(join(folder, name), files);
  };

  const bad = classes[3] ?? '';
  data('data some broken', { [`${bad}/empty.png`]: '', [`${bad}/torn.jpg`]: image.subarray(0, image.length >> 1), [`${bad}/text.png`]: 'no image' });
  data('data missing labels', { 'labels.csv': `file,class_index\n${classes[0]}/${first},0\nnot there.png,1\nnor this.png,2\n` });
  data('data class 99', { 'labels.csv': `file,class_index\n${classes[0]}/${first},99\n` });
  data('data labels torn', { 'labels.csv': 'name;label\n' });
  data('data not json', { 'preprocess.json': '{ "color": ' });
  data('data unknown field', { 'preprocess.json': '{ "color": "RGB", "layout": "NCHW", "colour": "BGR" }' });
  data('data std 0', { 'preprocess.json': '{ "color": "RGB", "layout": "NCHW", "std": [0.2, 0, 0.2] }' });
  data('data wrong size', { 'preprocess.json': '{ "color": "RGB", "layout": "NCHW", "resize": { "width": 32, "height": 32 } }' });
  data('data NHWC', { 'preprocess.json': '{ "color": "RGB", "layout": "NHWC", "resize": { "width": 64, "height": 64 } }' });
  putFiles(folder, { 'data no preprocess/a.png': image });
  putFiles(folder, { 'no images/readme.txt': 'nothing here', 'all broken/a.png': 'no image', 'all broken/b.png': '', 'recipe.json': '{ "weights": "int3" }' });
  mkdirSync(join(folder, 'data empty'));
  mkdirSync(join(folder, 'out'));
  return folder;
}

function changed(change: (graph: Graph) => Graph): Model {
  const model = readModel(bytes);
  return { ...model, graph: change(model.graph) };
}

function withNan(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const [name, tensor] = [...constants].find(([, { dims }]) => dims.length === 4) as [string, typeof constants extends Map<string, infer T> ? T : never];
  const values = new Float32Array(new Uint8Array(tensor.bytes).buffer);
  values.set([Number.NaN, Number.POSITIVE_INFINITY], 5);
  constants.set(name, floatTensor(name, tensor.dims, values));
  return { ...graph, constants };
}

/** The sample with its first weight in a file beside it. */
function withExternalWeights(location: string): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, bytes);
  const [weight] = proto.graph?.initializer ?? [];
  if (!weight) throw new Error('The sample has no weights');
  delete weight.rawData;
  weight.dataLocation = 1;
  weight.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: location })];
  return toBinary(ModelProtoSchema, proto);
}

/** Mean over the image, then one weight per class. */
function classifier(shape: (number | string)[], classes: number): Model {
  return modelOf({
    nodes: [node('GlobalAveragePool', ['x'], ['mean']), node('Flatten', ['mean'], ['flat']), node('MatMul', ['flat', 'w'], ['y'])],
    inputs: [info('x', shape)],
    outputs: [info('y', [1, classes])],
    constants: [
      floatTensor(
        'w',
        [3, classes],
        Float32Array.from({ length: 3 * classes }, (_, i) => Math.sin(i)),
      ),
    ],
  });
}

function quantizedModel(): Model {
  return modelOf({
    nodes: [node('QuantizeLinear', ['x', 's'], ['q']), node('DequantizeLinear', ['q', 's'], ['y'])],
    inputs: [info('x', [1, 3, 8, 8])],
    outputs: [info('y', [1, 3, 8, 8])],
    constants: [floatTensor('s', [], Float32Array.of(0.1))],
  });
}
