import { existsSync, mkdtempSync, readdirSync, utimesSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { NodeSpeed, Speed } from '../../src-main/contract/evidence.ts';
import type { Problem } from '../../src-main/contract/model.ts';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import type { Model } from '../../src-main/core/onnx/graph.ts';
import { findingsOf } from '../../src-main/core/speed/findings.ts';
import { intentOfFile } from '../../src-main/core/speed/intent.ts';
import { describeConversions, describeNodes, describeOperators } from '../../src-main/core/speed/nodes.ts';
import { profileModel } from '../../src-main/runner/speed/profile.ts';
import { constant, modelOf, node, noise, quantize } from '../core/quant/build.ts';
import { runJob, SAMPLE } from './harness.ts';

const CHANNELS = 8;
const weight = (name: string, seed: number, inputs = CHANNELS) => constant(name, [CHANNELS, inputs, 3, 3], [...noise(CHANNELS * inputs * 9, 0.3, seed)]);
const conv = (input: string, output: string, weights: string) => node('Conv', [input, weights], [output], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] });

function graph(nodes: Parameters<typeof modelOf>[0]['nodes'], output: (number | string)[] = [1, CHANNELS, 8, 8]): Model {
  return modelOf({
    inputs: { x: [1, CHANNELS, 8, 8] },
    outputs: { y: output },
    nodes,
    constants: [weight('w1', 1), weight('w2', 2), weight('w3', 3, 2 * CHANNELS)],
  });
}

/** The five graphs of ONNX Runtime's trap: int8 activations do not fuse on x86 where a tensor has two consumers. */
const GRAPHS = {
  'plain chain': graph([conv('x', 'a', 'w1'), conv('a', 'y', 'w2')]),
  'residual Add': graph([conv('x', 'a', 'w1'), conv('a', 'b', 'w2'), node('Add', ['a', 'b'], ['y'])]),
  Concat: graph([conv('x', 'a', 'w1'), conv('a', 'b', 'w2'), node('Concat', ['a', 'b'], ['c'], { axis: 1 }), conv('c', 'y', 'w3')]),
  SiLU: graph([conv('x', 'a', 'w1'), node('Sigmoid', ['a'], ['g']), node('Mul', ['a', 'g'], ['m']), conv('m', 'y', 'w2')]),
  'ReduceMean tail': graph([conv('x', 'a', 'w1'), conv('a', 'b', 'w2'), node('ReduceMean', ['b'], ['y'], { axes: [2, 3], keepdims: 0 })], [1, CHANNELS]),
};
const TRAPPED = ['residual Add', 'Concat', 'SiLU'];

const input = (): Tensor => new Tensor('float32', noise(CHANNELS * 64, 1, 7), [1, CHANNELS, 8, 8]);

async function look(float: Model, changes: Partial<Recipe>): Promise<{ nodes: NodeSpeed[]; findings: Problem[] }> {
  const { model } = await quantize(float, [{ x: { dims: [1, CHANNELS, 8, 8], values: noise(CHANNELS * 64) } }], changes);
  const kernels = await profileModel({ model, bytes: 1 }, input(), new AbortController().signal);
  const nodes = describeNodes({ graph: model.graph, kernels }, null, intentOfFile(model.graph));
  const times = { median: 1, p95: 1, least: 1, most: 1, count: 1 };
  const quantized = { times, imagesPerSecond: 1, loadMs: 1, peakBytes: null, operators: describeOperators(kernels) };
  const speed: Omit<Speed, 'findings'> = { threads: 1, warmUp: 0, float: null, quantized, nodes, conversions: describeConversions(kernels) };
  return { nodes, findings: findingsOf({ ...speed, graph: model.graph, cpuFlags: [], arch: arch(), reasons: new Map() }) };
}

const ran = (nodes: readonly NodeSpeed[], op: string): string[] => nodes.filter((one) => one.op === op).map((one) => one.ran);

describe('which kernels ran', () => {
  it.each(Object.entries(GRAPHS))('with uint8 activations every Conv is an integer one: %s', async (_name, float) => {
    for (const weights of ['int8', 'uint8'] as const) {
      const { nodes, findings } = await look(float, { activations: 'uint8', weights });
      expect(ran(nodes, 'Conv').every((how) => how === 'integer')).toBe(true);
      expect(findings.map(({ code }) => code)).not.toContain('speed-s8s8');
    }
  });

  it.runIf(arch() === 'x64').each(TRAPPED)('with int8 activations some stay float, and the reason is said: %s', async (name) => {
    const { nodes, findings } = await look(GRAPHS[name as keyof typeof GRAPHS], { activations: 'int8', weights: 'int8' });
    const floats = nodes.filter((one) => one.wanted === 'integer' && one.ran === 'float');
    const convs = floats.filter(({ op }) => op === 'Conv').length;
    expect(convs).toBeGreaterThan(0);
    const trap = findings.find(({ code }) => code === 'speed-s8s8');
    expect(trap?.message).toContain(`${floats.length} nodes (`);
    expect(trap?.message).toContain(`${convs} Conv`);
    expect(trap?.message).toMatch(/several nodes read one tensor.*uint8 activations.*session\.qdqisint8allowed/);
  });

  it('what was to stay float and ran in integers is said', async () => {
    const { nodes, findings } = await look(GRAPHS['residual Add'], { activations: 'uint8', weights: 'int8', exclude: ['Conv_b'] });
    expect(nodes.find((one) => one.node === 'Conv_b')).toMatchObject({ wanted: 'float', ran: 'integer', kernel: 'QLinearConv' });
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'warning', code: 'speed-float-rounded', node: 'Conv_b' }));
  });

  it('a plain chain is not in the trap', async () => {
    const { nodes, findings } = await look(GRAPHS['plain chain'], { activations: 'int8', weights: 'int8' });
    expect(ran(nodes, 'Conv')).toEqual(['integer', 'integer']);
    expect(findings.map(({ code }) => code)).not.toContain('speed-s8s8');
  });

  it('what the profiler writes is removed, also when the run is cancelled, and what a killed runner left is swept', async () => {
    const abandoned = mkdtempSync(join(tmpdir(), 'calibrant-profile-'));
    utimesSync(abandoned, new Date(0), new Date(0));
    const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('calibrant-profile-'));
    const before = new Set(left());
    const model = { model: GRAPHS['plain chain'], bytes: 1 };
    await profileModel(model, input(), new AbortController().signal);
    await expect(profileModel(model, input(), AbortSignal.abort())).rejects.toMatchObject({ code: 'job-cancelled' });
    expect(left().filter((name) => !before.has(name))).toEqual([]);
    expect(existsSync(abandoned)).toBe(false);
  });
});

describe('evaluate with profile', () => {
  it('describes both models from the times that the evaluation measured', async () => {
    const spec = { kind: 'evaluate' as const, model: SAMPLE.model, against: SAMPLE.model, data: { path: SAMPLE.data, seed: 0 }, skipSamples: 0, samples: 8 };
    const { result, messages } = await runJob({ ...spec, profile: true });
    const speed = result.speed as Speed;
    expect(speed.quantized.times).toMatchObject(result.latencyMs);
    expect(speed.float?.times).toMatchObject(result.against?.latencyMs ?? {});
    expect(speed.quantized.times.count).toBeGreaterThanOrEqual(5);
    expect(speed.quantized.loadMs).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(speed.quantized.peakBytes).toBeGreaterThan(1e6);
    expect(speed.quantized.operators[0]?.op).toBe('Conv');
    expect(speed.quantized.operators.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(100, 6);
    const convs = speed.nodes.filter(({ op }) => op === 'Conv');
    expect(convs.every((one) => one.ran === 'float' && (one.ms ?? 0) > 0 && (one.floatMs ?? 0) > 0 && (one.bytes ?? 0) > 0)).toBe(true);
    expect(speed.nodes.some(({ ran }) => ran === 'unknown')).toBe(false);
    expect(speed.conversions.count).toBe(0);
    const stages = messages.flatMap((message) => (message.type === 'progress' ? [message.progress.stage] : []));
    expect(stages).toContain('speed');
  });
});
