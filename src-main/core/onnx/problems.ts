import type { Problem } from '../../contract/model.ts';
import { subgraphsOf } from './attributes.ts';
import { isKnownDomain } from './domains.ts';
import { countNotFinite } from './finite.ts';
import type { Model } from './graph.ts';
import { quantizationKind } from './kind.ts';
import { namesReadBy } from './names.ts';

/** What is odd about a model, worst first. The shapes of its graph are inferred. */
export function modelProblems(model: Model): Problem[] {
  const all = [...operatorProblems(model), ...weightProblems(model), ...inputProblems(model), ...formProblems(model), ...deadBranches(model)];
  const rank = { error: 0, warning: 1, note: 2 };
  return all.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

function operatorProblems({ graph, functions }: Model): Problem[] {
  return graph.nodes.flatMap((node): Problem[] => {
    if (!isKnownDomain(node.domain) || functions.includes(node.op)) {
      const message = `The node ${node.name} (${node.op}) belongs to the domain ${node.domain || 'of the file’s own functions'}, which Calibrant does not know: it cannot be quantized.`;
      return [{ severity: 'error', code: 'unknown-domain', node: node.name, message }];
    }
    if (subgraphsOf(node).length === 0) return [];
    const message = `The node ${node.name} (${node.op}) has a body of its own (control flow), which cannot be quantized yet.`;
    return [{ severity: 'warning', code: 'control-flow', node: node.name, message }];
  });
}

function weightProblems({ graph }: Model): Problem[] {
  const problems: Problem[] = [];
  for (const tensor of graph.constants.values()) {
    const count = tensor.dims.length === 0 ? 0 : countNotFinite(tensor);
    if (count > 0) {
      const message = `The constant ${tensor.name} holds ${count} values that are NaN or infinite.`;
      problems.push({ severity: 'error', code: 'weights-not-finite', tensor: tensor.name, message });
    }
  }
  const half = [...graph.constants.values()].filter(({ type }) => type === 'float16').length;
  if (half > 0) problems.push({ severity: 'warning', code: 'float16', message: `${half} constants are float16; only float32 models can be quantized yet.` });
  return problems;
}

function inputProblems({ graph }: Model): Problem[] {
  return graph.inputs.flatMap((input): Problem[] => {
    const { name, shape } = input;
    const problems: Problem[] = [];
    if (!shape || shape.length !== 4) {
      const rank = shape ? `has rank ${shape.length}` : 'has no known rank';
      problems.push({ severity: 'note', code: 'input-not-image', tensor: name, message: `The input ${name} ${rank}: it takes feature data, not images.` });
    }
    const open = (shape ?? []).flatMap((dim, i) => (i > 0 && typeof dim !== 'number' ? [dim ?? '?'] : []));
    if (open.length > 0) {
      const message = `The input ${name} leaves ${open.join(', ')} open: the preprocessing decides the size.`;
      problems.push({ severity: 'note', code: 'dynamic-size', tensor: name, message });
    }
    return problems;
  });
}

function formProblems(model: Model): Problem[] {
  const problems: Problem[] = [];
  const opset = model.opsets.get('') ?? 0;
  const kind = quantizationKind(model.graph);
  if (kind !== 'none') {
    const forms = { qdq: 'with QuantizeLinear and DequantizeLinear', qoperator: 'with integer operators', dynamic: 'dynamically' };
    const message = `The model is quantized already (${forms[kind]}): evaluate it, but quantize its float original.`;
    problems.push({ severity: 'warning', code: 'already-quantized', message });
  }
  if (opset > 0 && opset < 13) {
    problems.push({ severity: 'note', code: 'old-opset', message: `Opset ${opset} is converted to 13 when quantizing, because per-channel scales need it.` });
  }
  return problems;
}

function deadBranches({ graph }: Model): Problem[] {
  const used = new Set(graph.outputs.map(({ name }) => name));
  const dead: string[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (node.outputs.some((name) => used.has(name))) for (const name of namesReadBy(node)) used.add(name);
    else dead.push(node.name);
  }
  if (dead.length === 0) return [];
  const message = `${dead.length} nodes lead to no output (first ${dead.at(-1)}); quantizing removes them.`;
  return [{ severity: 'note', code: 'dead-nodes', node: dead.at(-1) ?? '', message }];
}
