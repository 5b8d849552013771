import type { Problem } from '../../../contract/model.ts';
import { floatAttribute, intAttribute } from '../../onnx/attributes.ts';
import type { Attribute, Graph, Model, Node, Tensor } from '../../onnx/graph.ts';
import { countUses, freshName, namesDefinedIn } from '../../onnx/names.ts';
import { floatsOf, floatTensor } from '../../onnx/tensor.ts';
import { blocksBehind, packRows, unsignedBlocks, type Blocks } from './blocks.ts';

const MICROSOFT = 'com.microsoft';

/**
 * Puts operators that take blocks of codes as they are in the place of DequantizeLinear and the operator behind it: com.microsoft::MatMulNBits for MatMul and
 * Gemm, GatherBlockQuantized for Gather. What ONNX Runtime's CPU kernels do not take keeps its DequantizeLinear, and a note says why.
 */
export function withBlockOperators(model: Model): { model: Model; warnings: Problem[] } {
  const writer = new BlockWriter(model.graph);
  const graph = writer.write();
  const opsets = graph.nodes.some(({ domain }) => domain === MICROSOFT) ? new Map(model.opsets).set(MICROSOFT, 1) : model.opsets;
  return { model: { ...model, opsets, graph }, warnings: writer.warnings };
}

class BlockWriter {
  readonly warnings: Problem[] = [];
  private readonly graph: Graph;
  private readonly taken: Set<string>;
  private readonly takenNodes: Set<string>;
  private readonly dequantizers: Map<string, Node>;
  private readonly nodes: Node[] = [];
  private readonly constants: Map<string, Tensor>;
  /** Weights as the operators want them, once for all nodes that share them. */
  private readonly written = new Map<string, string[]>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.taken = namesDefinedIn(graph);
    this.takenNodes = new Set(graph.nodes.map((node) => node.name));
    this.constants = new Map(graph.constants);
    this.dequantizers = new Map(graph.nodes.filter(({ op }) => op === 'DequantizeLinear').map((node) => [node.outputs[0] as string, node]));
  }

  write(): Graph {
    for (const node of this.graph.nodes) this.rewrite(node);
    const uses = countUses({ ...this.graph, nodes: this.nodes });
    const nodes = this.nodes.filter((node) => !this.dequantizers.has(node.outputs[0] ?? '') || uses.has(node.outputs[0] as string));
    const left = countUses({ ...this.graph, nodes });
    return { ...this.graph, nodes, constants: new Map([...this.constants].filter(([name]) => left.has(name))) };
  }

  private rewrite(node: Node): void {
    const weight = WEIGHT_INPUTS[node.op];
    const dequantizer = node.domain === '' && weight !== undefined ? this.dequantizers.get(node.inputs[weight] as string) : undefined;
    if (!dequantizer) return void this.nodes.push(node);
    const blocks = blocksBehind(dequantizer, this.graph.constants);
    const obstacle = blocks ? OBSTACLES[node.op]?.(node, blocks) : 'they are not cut into blocks';
    if (!blocks || obstacle != null) {
      const message = `The weights of node ${node.name} (${node.op}) stay behind DequantizeLinear, since ${obstacle}.`;
      this.warnings.push({ severity: 'note', code: 'weights-dequantized', message, node: node.name });
      this.nodes.push(node);
    } else if (node.op === 'Gather') this.gather(node, blocks);
    else this.matrix(node, blocks);
  }

  /** MatMulNBits: A · (codes [N, K] − zero points) · scales, plus a bias that has one value for each column. */
  private matrix(node: Node, blocks: Blocks): void {
    const gemm = node.op === 'Gemm';
    const [alpha, beta] = gemm ? [floatAttribute(node, 'alpha', 1), floatAttribute(node, 'beta', 1)] : [1, 1];
    const [a = '', , c = ''] = node.inputs;
    const input = gemm && intAttribute(node, 'transA', 0) !== 0 ? this.append('Transpose', node, [a], 'transposed') : a;
    const [columns, depth] = [blocks.dims[1 - blocks.axis] as number, blocks.dims[blocks.axis] as number];
    const [codes = '', scales = '', zeroPoints = ''] = this.once(`${blocks.name}\n${alpha}`, () => this.matrixConstants(blocks, alpha));
    const bias = gemm && c !== '' ? this.bias(node, c, beta, columns) : null;
    const inputs = [input, codes, scales, zeroPoints, '', bias?.fits ? bias.name : ''];
    const attributes = ints({ K: depth, N: columns, bits: blocks.bits, block_size: blocks.blockSize });
    if (bias === null || bias.fits) return void this.append('MatMulNBits', node, inputs, 'product', attributes, node.outputs[0]);
    this.append('Add', node, [this.append('MatMulNBits', node, inputs, 'product', attributes), bias.name], 'sum', undefined, node.outputs[0]);
  }

  private matrixConstants(blocks: Blocks, alpha: number): string[] {
    const { base, bits, axis, blockSize } = blocks;
    const [columns, depth] = [blocks.dims[1 - axis] as number, blocks.dims[axis] as number];
    const count = Math.ceil(depth / blockSize);
    // Scales lie in rows of blocks for each column, as the codes do.
    const inRows = (at: (index: number) => number) => (column: number, block: number) => at(axis === 1 ? column * count + block : block * columns + column);
    const scale = floatsOf(blocks.scale);
    const scales = inRows((i) => (alpha === 1 ? (scale[i] as number) : (scale[i] as number) * alpha));
    const names = [
      this.add({
        name: `${base}_Q${bits}`,
        type: 'uint8',
        dims: [columns, count, (blockSize * bits) / 8],
        bytes: packRows(columns, depth, bits, (count * blockSize * bits) / 8, (n, k) => blocks.code(axis === 1 ? n * depth + k : k * columns + n)),
      }),
      this.add(
        floatTensor(
          `${base}_scales`,
          [columns, count],
          Float32Array.from({ length: columns * count }, (_, i) => scales(Math.floor(i / count), i % count)),
        ),
      ),
    ];
    // Without zero points, they are in the middle.
    if (blocks.centred) return names;
    const stride = Math.ceil((count * bits) / 8);
    const zeroPoint = inRows(blocks.zeroPoint);
    // What is left of the last byte lies in the middle, too.
    const bytes = packRows(columns, (stride * 8) / bits, bits, stride, (n, block) => (block < count ? zeroPoint(n, block) : 2 ** (bits - 1)));
    return [...names, this.add({ name: `${base}_zero_points`, type: 'uint8', dims: [columns, stride], bytes })];
  }

  /** Gemm's bias times beta; `fits` where the operator can add it itself. */
  private bias(node: Node, name: string, beta: number, columns: number): { name: string; fits: boolean } {
    const constant = this.graph.constants.get(name);
    if (!constant) return { name: beta === 1 ? name : this.append('Mul', node, [name, this.float(`${node.name}_beta`, [], [beta])], 'bias'), fits: false };
    const fits = constant.dims.length === 1 && constant.dims[0] === columns;
    if (beta === 1) return { name, fits };
    return { name: this.float(`${name}_scaled`, constant.dims, floatsOf(constant).map((value) => value * beta)), fits }; // prettier-ignore
  }

  private gather(node: Node, blocks: Blocks): void {
    const [codes = '', scales = '', zeroPoints] = this.once(`${blocks.name}\nrows`, () => this.rowConstants(blocks));
    const inputs = [codes, node.inputs[1] as string, scales, ...(zeroPoints === undefined ? [] : [zeroPoints])];
    const attributes = ints({ bits: blocks.bits, gather_axis: gatherAxis(node, blocks), quantize_axis: blocks.axis, block_size: blocks.blockSize });
    this.append('GatherBlockQuantized', node, inputs, 'rows', attributes, node.outputs[0]);
  }

  /** 4-bit codes have their own types here; of 8 bits there are unsigned ones alone, with the zero point in the middle unless it is said. */
  private rowConstants(blocks: Blocks): string[] {
    if (blocks.bits === 4) return [blocks.codes.name, blocks.scale.name, ...(blocks.zeroPoints ? [blocks.zeroPoints.name] : [])];
    const { codes, zeroPoints } = unsignedBlocks(blocks);
    return [this.add(codes), blocks.scale.name, ...(zeroPoints && !blocks.centred ? [this.add(zeroPoints)] : [])];
  }

  private once(key: string, make: () => string[]): string[] {
    const names = this.written.get(key) ?? make();
    this.written.set(key, names);
    return names;
  }

  private float(wish: string, dims: number[], values: ArrayLike<number>): string {
    return this.add(floatTensor(wish, dims, Float32Array.from(values)));
  }

  private add(tensor: Tensor): string {
    const name = this.constants.get(tensor.name) === tensor ? tensor.name : freshName(tensor.name, this.taken);
    this.constants.set(name, { ...tensor, name });
    return name;
  }

  private append(op: string, of: Node, inputs: string[], part: string, attributes = ints({}), output = this.fresh(`${of.outputs[0]}_${part}`)): string {
    const last = inputs.findLastIndex((name) => name !== '') + 1;
    const final = output === of.outputs[0];
    const name = final ? of.name : freshName(`${of.name}_${part}`, this.takenNodes);
    this.nodes.push({ name, op, domain: BLOCK_OPERATORS.has(op) ? MICROSOFT : '', inputs: inputs.slice(0, last), outputs: [output], attributes });
    return output;
  }

  private fresh(wish: string): string {
    return freshName(wish, this.taken);
  }
}

const BLOCK_OPERATORS: ReadonlySet<string> = new Set(['MatMulNBits', 'GatherBlockQuantized']);
const WEIGHT_INPUTS: Readonly<Record<string, number>> = { MatMul: 1, Gemm: 1, Gather: 0 };

/** Why a kernel does not take the blocks (seen with ONNX Runtime 1.30 on the CPU); null where it does. */
const OBSTACLES: Readonly<Record<string, (node: Node, blocks: Blocks) => string | null>> = {
  MatMul: (_node, blocks) => matrixObstacle(blocks, 0),
  Gemm: (node, blocks) => matrixObstacle(blocks, intAttribute(node, 'transB', 0)),
  Gather: (node, blocks) => {
    if (blocks.bits === 4) return null;
    const fits = gatherAxis(node, blocks) === 0 && blocks.axis === blocks.dims.length - 1;
    return fits ? null : `GatherBlockQuantized takes ${blocks.bits}-bit codes along the first axis only, cut into blocks along the last`;
  },
};

/** The size of the blocks is one that the kernel has code for: recipes have no other. */
function matrixObstacle({ axis }: Blocks, summed: number): string | null {
  return axis === summed ? null : 'their blocks do not lie along the axis that is summed over';
}

function gatherAxis(node: Node, { dims }: Blocks): number {
  const axis = intAttribute(node, 'axis', 0);
  return axis < 0 ? axis + dims.length : axis;
}

function ints(values: Record<string, number>): Map<string, Attribute> {
  return new Map(Object.entries(values).map(([name, value]) => [name, { kind: 'int', value }]));
}
