import type { Command } from 'commander';
import { askOnce, forkRunner } from '../../../app/index.ts';
import { CalibrantError } from '../../../contract/errors.ts';
import type { ModelReport, TensorInfo } from '../../../contract/model.ts';
import { PLACES } from '../../places.ts';
import { bytes, problemLines, scaled, table } from '../format.ts';
import { addJson } from '../options.ts';
import type { Terminal } from '../terminal.ts';

export function addInspect(program: Command, terminal: Terminal): void {
  addJson(program.command('inspect <model>').description('what a model consists of, and what is odd about it')).action(
    async (model: string, { json }: { json?: true }) => {
      const cancelled = new Promise<never>((_, reject) => {
        terminal.signal.addEventListener('abort', () => reject(new CalibrantError('job-cancelled', 'Cancelled.')));
      });
      const report = await Promise.race([askOnce(forkRunner(PLACES.runnerEntry), 'inspect', { model: terminal.path(model) }), cancelled]);
      terminal.result(json ? JSON.stringify(report) : summary(report));
    },
  );
}

function tensorText({ name, type, shape }: TensorInfo): string {
  return `${name}  ${type}  ${shape === null ? 'shape unknown' : `[${shape.map((dim) => dim ?? '?').join(', ')}]`}`;
}

function quantizationText({ quantization, audit }: ModelReport): string {
  if (quantization === 'none') return 'no';
  if (!audit) return quantization;
  const { nodes, activationTypes, weightTypes, weights } = audit;
  return `${quantization}: ${nodes.integer} nodes in integers, ${nodes.float} in float; activations ${activationTypes.join(', ') || '–'}, weights ${weightTypes.join(', ') || '–'} (${weights.perChannel} per channel, ${weights.perTensor} per tensor)`;
}

function summary(report: ModelReport): string {
  const { file, runtime } = report;
  const external = file.external.map(({ name, bytes: size }) => `, ${bytes(size)} of it in ${name}`).join('');
  const rows = [
    ['file', `${file.name}  ${bytes(file.bytes)}${external}`],
    ['sha256', file.sha256],
    [
      'made by',
      `${report.producer || 'unknown'}, IR ${report.irVersion}, ${report.opsets.map(({ domain, version }) => `${domain || 'opset'} ${version}`).join(', ')}`,
    ],
    ...report.inputs.map((tensor) => ['input', tensorText(tensor)]),
    ...report.outputs.map((tensor) => ['output', tensorText(tensor)]),
    ['parameters', scaled(report.parameters)],
    ['MACs', report.macs === null ? 'unknown (shapes are not fixed)' : `${scaled(report.macs)} per image`],
    ['nodes', `${report.nodes.length}: ${report.operators.map(({ op, count }) => `${count} ${op}`).join(', ')}`],
    ['quantized', quantizationText(report)],
    ['ONNX Runtime', runtime.loads ? 'loads it' : `refuses it: ${runtime.message ?? 'no reason given'}`],
  ];
  return table(rows) + problemLines(report.problems);
}
