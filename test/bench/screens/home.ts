import type { ModelReport, NodeRow } from '../../../src-main/contract/model.ts';
import { DEFAULT_RECIPE } from '../../../src-main/contract/recipe.ts';
import type { DiagnosedTensor, RunResult } from '../../../src-main/contract/results.ts';
import { openStore } from '../../../src-main/store/store.ts';
import { dataset, evaluateResult, modelReport, runResult } from '../../fixtures/records.ts';

export const RUNS = 500;
export const NODES = 1000;
/** Each node makes two. */
export const TENSORS = 2 * NODES;

const blockOf = (i: number): string => `/features.${Math.floor(i / 20)}/${i}`;
const outputsOf = (i: number): string[] => [`${blockOf(i)}/out_0`, `${blockOf(i)}/out_1`];

/** A chain in blocks of 20 with a shortcut over each, as residual networks have it. */
function node(i: number): NodeRow {
  const shortcut = i % 20 === 19 ? outputsOf(i - 15).slice(0, 1) : [];
  return {
    index: i,
    name: `${blockOf(i)}/${shortcut.length > 0 ? 'Add' : 'Conv'}`,
    op: shortcut.length > 0 ? 'Add' : 'Conv',
    domain: '',
    inputs: [...(i === 0 ? ['x'] : outputsOf(i - 1).slice(0, 1)), ...shortcut],
    outputs: outputsOf(i),
    type: 'float32',
    shape: ['N', 64, 56, 56],
    parameters: 36_864,
    macs: 115_605_504,
  };
}

const nodes = Array.from({ length: NODES }, (_, i) => node(i));
const report: ModelReport = { ...modelReport, nodes, operators: [{ op: 'Conv', domain: '', count: 950 }, { op: 'Add', domain: '', count: 50 }] }; // prettier-ignore

const tensors: DiagnosedTensor[] = nodes.flatMap(({ name, op, index, outputs }) =>
  outputs.map((tensor, k) => {
    const sqnrDb = 42 - index / 40 - 6 * Math.sin(index * 1.7 + k) ** 2;
    const error = { sqnrDb, cosine: 1 - 10 ** (-sqnrDb / 10), mse: 10 ** (-sqnrDb / 10), maxAbs: 0.3 };
    return { name: tensor, node: name, op, index, elements: 200_704, cumulative: error, local: { ...error, sqnrDb: sqnrDb + 4 }, power: 1 };
  }),
);

/** A run on that model, as large as its results get. */
const large: RunResult = {
  ...runResult,
  quantize: {
    ...runResult.quantize,
    placements: nodes.map(({ name, op }) => ({ node: name, op, placement: 'integer', reason: 'in the rule table' })),
    tensors: tensors.map(({ name }) => ({
      name,
      kind: 'activation',
      type: 'uint8',
      granularity: 'per-tensor',
      axis: null,
      symmetric: false,
      scale: 0.0235,
      zeroPoint: 128,
      range: { min: -3, max: 3 },
      origin: 'observed',
    })),
  },
  diagnose: { ...runResult.diagnose, tensors },
};

/** Fills a data folder with a project of 500 runs and a model of 2,000 tensors; only the newest run has results of that size. Returns the project's id. */
export async function fillHome(folder: string): Promise<string> {
  const store = await openStore(folder);
  const file = async (text: string): Promise<string> => (await store.files.put(new TextEncoder().encode(text))).sha256;
  const project = store.projects.create('500 runs');
  const index = { path: dataset.path, kind: dataset.kind, items: [], classes: [], preprocess: null, sha256: dataset.sha256, problems: [] };
  const model = store.models.add({
    projectId: project.id,
    name: 'net',
    sourcePath: '/net.onnx',
    report,
    files: [{ name: 'net.onnx', sha256: await file('net') }],
  });
  const data = store.datasets.add({ ...dataset, projectId: project.id, indexSha256: await file(JSON.stringify(index)) });
  const files = { model: await file('quantized'), statistics: await file('{}'), channels: await file('[]') };
  const spec = { kind: 'run', model: '/m', data: { path: '/d', seed: 0 }, recipe: DEFAULT_RECIPE, output: '/o', statistics: '/s' } as const;
  for (let i = 0; i < RUNS; i++) {
    const recipe = { ...DEFAULT_RECIPE, samples: 16 + (i % 200), granularity: i % 5 === 0 ? 'per-tensor' : 'per-channel' } as const;
    const value = i % 5 === 0 ? 20 + (i % 30) : 86 + Math.sin(i) * 2;
    const evaluate = { ...evaluateResult, headline: { metric: 'top-1', unit: '%', higher: true, value, float: 91 } as const };
    const small = { ...runResult, evaluate, quantize: { ...runResult.quantize, sizeBytes: { float: 14e6, quantized: 3.5e6 + 7000 * (i % 90) } } };
    store.transaction(() => {
      const run = store.runs.create({ projectId: project.id, modelId: model.id, datasetId: data.id, name: `run ${i}`, recipe });
      const job = store.jobs.create({ projectId: project.id, runId: run.id, kind: 'run', title: run.name, spec });
      store.runs.finish(run.id, job.id, { result: i === RUNS - 1 ? { ...large, evaluate } : small, files });
      if (i % 7 === 0) store.runs.annotate(run.id, { tags: ['sweep', `week ${i % 4}`], note: 'Made by the benchmark.' });
    });
  }
  store.projects.saveCriteria(project.id, { maxDrop: 5, maxClassDrop: null, minSpeedup: 1.5, maxBytes: 4_000_000 });
  store.close();
  return project.id;
}
