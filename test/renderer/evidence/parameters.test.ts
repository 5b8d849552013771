import { describe, expect, it } from 'vitest';
import type { QuantizedTensor } from '../../../src-main/contract/results.ts';
import { chosenRange, greatest, least, span } from '../../../src-renderer/components/spans.ts';
import { parametersTable } from '../../../src-renderer/views/evidence/parameters-table.ts';
import { selectedTensor } from '../../../src-renderer/views/evidence/selected-tensor.ts';

const activation: QuantizedTensor = { name: 'a', kind: 'activation', type: 'uint8', granularity: 'per-tensor', axis: null, symmetric: false, scale: 0.0235, zeroPoint: 12, range: { min: -0.282, max: 5.71 }, origin: 'observed' }; // prettier-ignore
const weight: QuantizedTensor = { ...activation, name: 'w', kind: 'weight', type: 'int8', granularity: 'per-channel', axis: 0, scale: [0.1, 0.2], zeroPoint: [0, 0], range: { min: [-12.7, -25.4], max: [12.7, 25.4] }, origin: 'weights' }; // prettier-ignore
const bias: QuantizedTensor = { ...weight, name: 'b', kind: 'bias', type: 'int32', range: null };

describe('spans', () => {
  it('write one value, and the ends of many', () => {
    expect(span(0.0235)).toBe('0.0235');
    expect(span([0.1, 0.2])).toBe('0.100 … 0.200');
    expect(span([0, 0])).toBe('0');
    expect(span(128)).toBe('128');
  });
  it('take more channels than a call takes arguments', () => {
    const many = Array.from({ length: 300_000 }, (_, i) => i);
    expect(least(many)).toBe(0);
    expect(greatest(many)).toBe(299_999);
  });
});

describe('the chosen range', () => {
  it('is that of an activation', () => expect(chosenRange(activation)).toEqual({ range: { min: -0.282, max: 5.71 }, scale: 0.0235, zeroPoint: 12 }));
  it('is none where it differs by channel or does not exist', () => {
    expect(chosenRange(weight)).toBeNull();
    expect(chosenRange(bias)).toBeNull();
    expect(chosenRange(null)).toBeNull();
  });
});

describe('the table of parameters', () => {
  it('has a row for every channel, in full precision, and nothing where there is nothing', () => {
    const { rows } = parametersTable([activation, weight, bias]);
    expect(rows).toHaveLength(5);
    expect(rows[0]).toEqual(['a', 'activation', 'uint8', 'per-tensor', null, null, 0.0235, 12, -0.282, 5.71, 'observed']);
    expect(rows[2]).toEqual(['w', 'weight', 'int8', 'per-channel', 0, 1, 0.2, 0, -25.4, 25.4, 'weights']);
    expect(rows[4]?.slice(8, 10)).toEqual([null, null]);
  });
});

describe('the one selection', () => {
  const names = new Set(['relu_out']);
  const nodes = new Map([['conv', { index: 0, name: 'conv', op: 'Split', domain: '', inputs: [], outputs: ['other', 'relu_out'], type: 'float32' as const, shape: null, parameters: 0, macs: null }]]); // prettier-ignore
  it('is the tensor itself where the list has it', () => {
    expect(selectedTensor({ kind: 'tensor', name: 'relu_out' }, names, nodes)).toBe('relu_out');
    expect(selectedTensor({ kind: 'tensor', name: 'weight' }, names, nodes)).toBeNull();
  });
  it('is the output of a selected node that the list has', () => expect(selectedTensor({ kind: 'node', name: 'conv' }, names, nodes)).toBe('relu_out'));
  it('is nothing without one', () => expect(selectedTensor(null, names, nodes)).toBeNull());
});
