import type { FromRunner, ToRunner } from '../../../src-main/contract/jobs.ts';
import { modelReport } from '../../fixtures/records.ts';

/** Answers `inspect`; the model's name says how. The report's graph name is the process id, so that a test sees which process answered. */
const send = (message: FromRunner): void => void process.send?.(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToRunner) => {
  if (message.type === 'start') send({ type: 'ready' });
  if (message.type !== 'ask') return;
  const { id } = message;
  const { model } = message.input as { model: string };
  if (model.includes('crash')) process.abort();
  else if (model === 'broken') send({ type: 'refused', id, error: { code: 'model-not-onnx', message: 'broken is no ONNX file.' } });
  else if (model === 'misread') send({ type: 'answer', id, value: { ...modelReport, inputs: 'none' } });
  else if (model !== 'never') send({ type: 'answer', id, value: { ...modelReport, graphName: String(process.pid) } });
});
