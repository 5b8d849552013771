import { describe, expect, it } from 'vitest';
import { constantBytes } from '../../../src-main/core/onnx/sizes.ts';
import type { Kernel } from '../../../src-main/core/speed/kernels.ts';
import { describeNodes } from '../../../src-main/core/speed/nodes.ts';
import { placeKernels } from '../../../src-main/core/speed/place-kernels.ts';
import { readTrace } from '../../../src-main/core/speed/trace.ts';
import { floatTensor, rawTensor } from './tensors.ts';
import { graphOf, node } from '../onnx/build.ts';

const kernel = (name: string, op: string, outputs: string[] = [], type = 'float32', ms = 1): Kernel => ({ name, op, ms, type, outputs });

/** Conv → BatchNormalization → Relu → Flatten, with an Add that is fused into the Conv behind it. */
const chain = graphOf({
  nodes: [
    node('Conv', ['x', 'w'], ['a']),
    node('BatchNormalization', ['a', 's', 'b', 'm', 'v'], ['c']),
    node('Relu', ['c'], ['r']),
    node('Conv', ['r', 'w2'], ['d']),
    node('Add', ['d', 'r'], ['e']),
    node('Flatten', ['e'], ['y']),
  ],
});

describe('kernels are led to the nodes they compute', () => {
  it('by name, by numbered name, by the last tensor of what was fused', () => {
    const kernels = [
      kernel('r_nchwc', 'Conv', ['reorder_token_0']),
      kernel('Conv:d_token_7', 'QLinearConv', ['Conv:d']),
      kernel('ReorderOutput', 'ReorderOutput', ['e']),
      kernel('Flatten:y', 'Flatten', ['y']),
      kernel('Transpose_token_3', 'Transpose', ['t']),
    ];
    const { byNode, others } = placeKernels(chain, kernels);
    expect([...byNode].map(([name, [one]]) => [name, one?.op])).toEqual([
      ['Conv:a', 'Conv'],
      ['Conv:d', 'QLinearConv'],
      ['Flatten:y', 'Flatten'],
    ]);
    expect(others.map(({ op }) => op)).toEqual(['ReorderOutput', 'Transpose']);
  });

  it('a node whose kernel bears a name that leads nowhere is unknown, one that vanished is part of another', () => {
    const kernels = [kernel('Conv:a', 'Conv', ['r']), kernel('something', 'FusedConv', ['elsewhere']), kernel('Flatten:y', 'Flatten', ['y'])];
    const rows = describeNodes({ graph: chain, kernels }, null, null);
    expect(Object.fromEntries(rows.map((row) => [row.node, row.ran]))).toEqual({
      'Conv:a': 'float',
      'BatchNormalization:c': 'fused',
      'Relu:r': 'fused',
      'Conv:d': 'unknown',
      'Add:e': 'fused',
      'Flatten:y': 'moved',
    });
    expect(rows.find((row) => row.ran === 'unknown')).toMatchObject({ kernel: null, ms: null });
  });

  it('two files that number their nodes are matched by tensors, not by chance', () => {
    const float = graphOf({
      nodes: [
        { ...node('Conv', ['x', 'w'], ['a']), name: 'n1_conv' },
        { ...node('Conv', ['a', 'w2'], ['b']), name: 'n2_conv' },
      ],
    });
    const other = graphOf({
      nodes: [
        { ...node('QuantizeLinear', ['x', 's'], ['q']), name: 'n0_quantizelinear' },
        { ...node('Conv', ['x', 'w'], ['a']), name: 'n2_conv' },
        { ...node('Conv', ['a', 'w2'], ['b']), name: 'n3_conv' },
      ],
    });
    const kernels = [kernel('n2_conv', 'QLinearConv', [], 'uint8', 5), kernel('n3_conv', 'QLinearConv', [], 'uint8', 7)];
    const rows = describeNodes({ graph: other, kernels }, { graph: float, kernels: [] }, null);
    expect(rows.map(({ node: name, ms }) => [name, ms])).toEqual([
      ['n1_conv', 5],
      ['n2_conv', 7],
    ]);
  });
});

describe('a trace', () => {
  const event = (name: string, dur: number) => ({
    cat: 'Node',
    name: `${name}_kernel_time`,
    dur,
    args: { op_name: 'Conv', input_type_shape: [{ float: [1] }] },
  });

  it('gives the median of the runs behind the warm-up, in milliseconds', () => {
    const events = [9000, 1000, 3000, 2000].map((dur) => event('c', dur));
    const text = JSON.stringify([{ cat: 'Session', name: 'model_run', dur: 1, args: {} }, ...events]);
    expect(readTrace(text, 4, 1)).toEqual([{ name: 'c', op: 'Conv', type: 'float32', ms: 2, outputs: [] }]);
  });

  it('counts a kernel of a loop as often as it ran', () => {
    const text = JSON.stringify(Array.from({ length: 12 }, () => event('c', 500)));
    expect(readTrace(text, 4, 1)[0]?.ms).toBe(1.5);
  });
});

describe('bytes of constants', () => {
  it('count once, at the node that computes with them: weights behind their DequantizeLinear, scales at the maker', () => {
    const graph = graphOf({
      nodes: [
        node('DequantizeLinear', ['wq', 'ws', 'wz'], ['w']),
        node('Conv', ['x', 'w', 'bias'], ['a']),
        node('QuantizeLinear', ['a', 'as', 'az'], ['aq']),
        node('DequantizeLinear', ['aq', 'as', 'az'], ['ad']),
        node('Conv', ['ad', 'bias'], ['y']),
      ],
      constants: [
        rawTensor('wq', 'int8', 72),
        floatTensor('ws', 1),
        rawTensor('wz', 'int8', 1),
        floatTensor('bias', 8),
        floatTensor('as', 1),
        rawTensor('az', 'uint8', 1),
      ],
    });
    const bytes = constantBytes(graph);
    expect(Object.fromEntries(bytes)).toEqual({ 'Conv:a': 72 + 4 + 1 + 32 + 4 + 1 });
    expect([...bytes.values()].reduce((sum, size) => sum + size, 0)).toBe([...graph.constants.values()].reduce((sum, { bytes: raw }) => sum + raw.length, 0));
  });
});
