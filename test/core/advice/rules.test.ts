import { describe, expect, it } from 'vitest';
import type { DoctorResult, Sensitivity } from '../../../src-main/contract/evidence.ts';
import type { NodeRow } from '../../../src-main/contract/model.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import type { EvaluateResult, QuantizedTensor, RunResult } from '../../../src-main/contract/results.ts';
import { advise } from '../../../src-main/core/advice/advise.ts';
import type { RunEvidence } from '../../../src-main/core/advice/evidence.ts';
import { runResult } from '../../fixtures/records.ts';

interface Change {
  recipe?: Partial<Recipe>;
  /** Points of top-1 lost on 200 images. */
  drop?: number;
  evaluate?: Partial<EvaluateResult>;
  quantize?: Partial<RunResult['quantize']>;
  diagnose?: Partial<RunResult['diagnose']>;
  nodes?: NodeRow[];
  problems?: RunEvidence['problems'];
  doctor?: DoctorResult;
}

const FLOAT = 90;
/** Has everything, so that no rule is triggered by what the machine of a test lacks. */
const provenance = { ...runResult.evaluate.provenance, cpuFlags: ['avx2', 'avx512_vnni'] };

function evidence({ drop = 0, recipe = {}, evaluate = {}, quantize = {}, diagnose = {}, nodes = [], problems = [], doctor }: Change = {}): RunEvidence {
  const top1 = FLOAT - drop;
  const against = { ...(runResult.evaluate.against as NonNullable<EvaluateResult['against']>), top1: FLOAT };
  return {
    recipe: { ...DEFAULT_RECIPE, ...recipe },
    result: {
      quantize: { ...runResult.quantize, tensors: [], images: 100, ...quantize },
      evaluate: { ...runResult.evaluate, top1, against, provenance, agreement: 99, ...evaluate },
      diagnose: { ...runResult.diagnose, tensors: [], ...diagnose },
    },
    nodes,
    problems,
    doctor: doctor ?? null,
  };
}

const row = (name: string, op: string, inputs: string[], more: Partial<NodeRow> = {}): NodeRow => ({
  index: 0, name, op, domain: '', inputs, outputs: [`${name}.out`], type: 'float32', shape: [1, 8, 4, 4], parameters: 0, macs: null, ...more,
}); // prettier-ignore
const tensor = (name: string, kind: QuantizedTensor['kind'], more: Partial<QuantizedTensor> = {}): QuantizedTensor => ({
  name, kind, type: 'int8', granularity: 'per-tensor', axis: null, symmetric: true, scale: 1, zeroPoint: 0, range: { min: -1, max: 1 }, origin: 'observed', ...more,
}); // prettier-ignore
const integer = (...nodes: string[]): Partial<RunResult['quantize']> => ({
  placements: nodes.map((node) => ({ node, op: '', placement: 'integer', reason: '' })),
});
const sensitive = (node: string, outputSqnrDb: number): Sensitivity => ({
  node,
  op: 'Conv',
  index: 0,
  estimateDb: outputSqnrDb,
  measured: { outputSqnrDb, changed: 25, images: 16 },
});
const ids = (change: Change): string[] => advise(evidence(change)).map(({ id }) => id);
const find = (change: Change, id: string) => advise(evidence(change)).find((advice) => advice.id === id);

describe('advice', () => {
  it('has nothing to say where nothing is wrong', () => {
    expect(advise(evidence())).toEqual([]);
  });

  it('names depthwise layers first where channels share a scale, and gives each its own', () => {
    const weights = [
      tensor('w1', 'weight', { channelRangeRatio: 400 }),
      tensor('w2', 'weight', { channelRangeRatio: 740 }),
      tensor('w3', 'weight', { channelRangeRatio: 900 }),
    ];
    const nodes = [row('dw1', 'Conv', ['x', 'w1'], { depthwise: true }), row('dw2', 'Conv', ['y', 'w2'], { depthwise: true }), row('pw', 'Conv', ['z', 'w3'])];
    const change = { drop: 80, recipe: { granularity: 'per-tensor' as const }, quantize: { tensors: weights }, nodes };
    const [first] = advise(evidence(change));
    expect(first).toMatchObject({ id: 'granularity', gain: 'large', nodes: ['dw2', 'dw1'], recipe: { granularity: 'per-channel' } });
    expect(first?.seen).toContain('740');
    expect(ids({ ...change, quantize: { tensors: weights.map((one) => ({ ...one, channelRangeRatio: 5 })) } })).not.toContain('granularity');
  });

  it('offers no recipe that is in force already, and says why', () => {
    const advice = find({ drop: 5, quantize: { tensors: [tensor('w', 'weight', { channelRangeRatio: 400 })] }, nodes: [row('n', 'Conv', ['x', 'w'])] }, 'granularity'); // prettier-ignore
    expect(advice).toMatchObject({ recipe: null, change: null });
    expect(advice?.forbidden).toContain('per channel already');
  });

  it('takes out the layers that single measurements name, the worst together first', () => {
    const change = {
      drop: 6,
      quantize: integer('a', 'b', 'c'),
      diagnose: { sensitivity: [sensitive('a', 8), sensitive('b', 12), sensitive('fine', 45)] },
      nodes: [row('a', 'Conv', []), row('b', 'Conv', [])],
    };
    expect(ids(change).filter((id) => id.startsWith('layer'))).toEqual(['layers:float', 'layer:a', 'layer:b']);
    expect(find(change, 'layers:float')?.recipe?.exclude).toEqual(['a', 'b']);
    expect(find(change, 'layer:a')?.seen).toContain('25 % of 16 answers');
    expect(ids({ ...change, drop: 0 })).toEqual([]);
  });

  it('gives outputs 16 bits where their rounding costs most, and leaves their readers float too where there are none', () => {
    const error = { sqnrDb: 25, cosine: 1, mse: 1, maxAbs: 1 };
    const change: Change = {
      drop: 6,
      quantize: { ...integer('a', 'b'), tensors: [tensor('clip.out', 'activation')] },
      diagnose: {
        sensitivity: [sensitive('a', 8)],
        tensors: [{ ...(runResult.diagnose.tensors[0] as (typeof runResult.diagnose.tensors)[0]), name: 'clip.out', local: error }],
        weights: [{ name: 'w', node: 'a', op: 'Conv', type: 'int8', granularity: 'per-channel', sqnrDb: 42, channelSqnrDb: [42], worstChannel: 0, rangeRatio: 2 }],
      },
      nodes: [row('a', 'Conv', ['x', 'w']), row('norm', 'BatchNormalization', ['a.out']), row('clip', 'Clip', ['norm.out']), row('b', 'Conv', ['clip.out', 'v'])],
    }; // prettier-ignore
    expect(ids(change).filter((id) => id.startsWith('layer'))).toEqual(['layers:wide', 'layer:a']);
    const wide = find(change, 'layers:wide');
    expect(wide).toMatchObject({ gain: 'large', recipe: { overrides: { 'clip.out': { type: 'uint16' } } } });
    expect(wide?.seen).toContain('the rounding of its output (25 dB) outweighs that of its weight (42 dB)');
    const narrow = { ...change, recipe: { target: 'tflite' as const, activations: 'int8' as const } };
    expect(ids(narrow)).not.toContain('layers:wide');
    expect(find(narrow, 'layer:a')?.recipe?.exclude).toEqual(['a', 'b']);
  });

  it('finds a Concat whose ranges do not fit one scale', () => {
    const nodes = [row('join', 'Concat', ['boxes', 'scores'])];
    const of = (score: number): Change => ({
      quantize: {
        ...integer('join'),
        tensors: [tensor('boxes', 'activation', { range: { min: 0, max: 416 } }), tensor('scores', 'activation', { range: { min: 0, max: score } }), tensor('join.out', 'activation', { range: { min: 0, max: 416 } })],
      },
      nodes,
    }); // prettier-ignore
    expect(find(of(1), 'concat:join')).toMatchObject({ gain: 'large', recipe: { exclude: ['join'] } });
    expect(ids(of(300))).toEqual([]);
  });

  it('leaves what decodes boxes float, and then what predicts them', () => {
    const nodes = [
      row('conv', 'Conv', ['x', 'w']),
      row('exp', 'Exp', ['conv.out']),
      row('mul', 'Mul', ['exp.out', 's']),
      row('shape', 'Reshape', ['mul.out', 'r']),
    ];
    const headline = { metric: 'mAP' as const, unit: '%' as const, higher: true, value: 20, float: 34 };
    const change = { evaluate: { task: 'detection' as const, headline }, quantize: integer('conv', 'exp', 'mul', 'shape'), nodes };
    expect(find(change, 'decode-head')?.nodes).toEqual(['exp', 'mul']);
    expect(find(change, 'prediction-layers')?.nodes).toEqual(['conv']);
    expect(ids({ ...change, evaluate: { headline } })).not.toContain('decode-head');
  });

  it('tells of the trap of int8 activations with a button, but not where the target wants them', () => {
    const speed = {
      findings: [{ severity: 'warning', code: 'speed-s8s8', message: '2 of 3 convolutions ran in float.', node: 'add' }],
    } as unknown as NonNullable<EvaluateResult['speed']>;
    const trap = { recipe: { activations: 'int8' as const }, evaluate: { speed } };
    expect(find(trap, 'speed-s8s8')?.recipe?.activations).toBe('uint8');
    expect(find({ ...trap, recipe: { activations: 'int8', target: 'tflite' } }, 'speed-s8s8')).toMatchObject({ recipe: null, nodes: ['add'] });
  });

  it('asks for 7 bits only on x86 without VNNI, and only where something was lost', () => {
    const evaluate = { provenance: { ...provenance, cpuFlags: ['avx2'] } };
    expect(find({ drop: 4, evaluate }, 'reduced-range')?.recipe?.weightCodes).toBe('reduced');
    expect(ids({ evaluate })).toEqual([]);
    expect(ids({ drop: 4 })).not.toContain('reduced-range');
    expect(ids({ drop: 4, evaluate: { provenance: { ...provenance, cpuFlags: ['asimd'] } } })).not.toContain('reduced-range');
  });

  it('calls a class lost only where luck does not explain it (sign test: ½⁵ < 5 % < ½⁴)', () => {
    const classes = (lost: number): Partial<EvaluateResult> => ({
      perClass: [{ class: 3, name: 'cat', images: 20, top1: (100 * (18 - lost)) / 20 }],
      against: { ...(runResult.evaluate.against as NonNullable<EvaluateResult['against']>), top1: 90.5, perClass: [{ class: 3, name: 'cat', images: 20, top1: 90 }] },
      top1: 90.5,
    }); // prettier-ignore
    expect(find({ evaluate: classes(5) }, 'class:3')?.seen).toContain('from 90 to 65 % of 20 images (5 lost)');
    expect(ids({ evaluate: classes(4) })).toEqual([]);
    // Among 20 classes the bound for luck is 20·½⁵ = 0.63 for 5 lost images, and 20·½⁹ = 0.04 for 9.
    const among20 = (lost: number): Partial<EvaluateResult> => {
      const { perClass = [], against, ...rest } = classes(lost);
      const others = Array.from({ length: 19 }, (_, i) => ({ class: 10 + i, name: `other ${i}`, images: 20, top1: 90 }));
      return { ...rest, perClass: [...perClass, ...others], against: against && { ...against, perClass: [...against.perClass, ...others] } };
    };
    expect(ids({ evaluate: among20(5) })).toEqual([]);
    expect(ids({ evaluate: among20(9) })).toEqual(['class:3']);
  });

  it('knows a shifted output, few images, other range methods and a bad file', () => {
    const outputs = [{ name: 'y', sqnrDb: 20, cosine: 1, mse: 0, bias: 0.5, biasShare: 25 }];
    expect(find({ evaluate: { outputs }, recipe: { granularity: 'per-tensor' } }, 'output-bias')?.recipe?.granularity).toBe('per-channel');
    expect(find({ drop: 3, quantize: { images: 5 }, recipe: { samples: 5 } }, 'calibration-more')?.recipe?.samples).toBe(100);
    const error = { sqnrDb: 12, cosine: 1, mse: 0, maxAbs: 0 };
    const noisy = { name: 't', node: 'n', op: 'Conv', index: 0, elements: 1, cumulative: error, local: error };
    expect(find({ drop: 3, recipe: { range: 'minmax' }, diagnose: { tensors: [noisy] } }, 'range-method')?.recipe?.range).toBe('mse');
    const problems = [{ severity: 'warning' as const, code: 'audit-weight-starved', message: '4 of 32 channels have too few steps.' }];
    expect(find({ recipe: { quantizedInput: 'keep' }, problems, drop: 50 }, 'audit')?.recipe?.quantizedInput).toBe('dequantize');
    expect(ids({ problems })).toEqual([]);
  });

  it('puts what gains most first', () => {
    const gains = advise(
      evidence({
        drop: 30,
        recipe: { granularity: 'per-tensor' },
        quantize: { ...integer('a'), images: 5, tensors: [tensor('w', 'weight', { channelRangeRatio: 400 })] },
        diagnose: { sensitivity: [sensitive('a', 5)] },
        nodes: [row('a', 'Conv', ['x', 'w'])],
      }),
    ).map(({ gain }) => gain);
    const rank = ['large', 'medium', 'small', 'unknown'];
    expect(gains).toEqual(gains.toSorted((a, b) => rank.indexOf(a) - rank.indexOf(b)));
    expect(new Set(gains).size).toBeGreaterThan(1);
  });
});
