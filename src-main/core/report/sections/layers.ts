import type { RunResult } from '../../../contract/results.ts';
import type { Block, Section } from '../document.ts';
import { bars } from '../svg/bars.ts';
import { lines } from '../svg/lines.ts';
import { decibels, number, percent } from '../words.ts';

const DRAWN = 15;

/** Where the error arises and where it arrives. */
export function layerSections(result: RunResult): Section[] {
  return [
    { title: 'Error along the graph', blocks: tensorBlocks(result) },
    { title: 'Layers that matter most', blocks: sensitivityBlocks(result) },
    { title: 'Weights whose channels differ most', blocks: weightBlocks(result) },
  ];
}

function tensorBlocks({ diagnose: { tensors, images } }: RunResult): Block[] {
  if (tensors.length === 0) return [];
  const known = tensors.flatMap((one) => (one.cumulative.sqnrDb === null ? [] : [{ x: one.index, y: one.cumulative.sqnrDb }]));
  const local = tensors.flatMap((one) => (one.local?.sqnrDb == null ? [] : [{ x: one.index, y: one.local.sqnrDb }]));
  const all = [...known, ...local].map(({ y }) => y);
  const note = `SQNR = signal power over error power, over ${images} images; cumulative: through the quantized graph so far, local: this tensor’s own rounding and clipping.`;
  const worst = tensors.toSorted((a, b) => (a.cumulative.sqnrDb ?? Infinity) - (b.cumulative.sqnrDb ?? Infinity));
  const summary = `SQNR of ${tensors.length} tensors along the graph; the worst is ${worst[0]?.name ?? ''} with ${decibels(worst[0]?.cumulative.sqnrDb)}.`;
  const chart: Block[] =
    all.length === 0
      ? []
      : [
          {
            kind: 'chart',
            id: 'sqnr',
            title: 'SQNR along the graph',
            summary,
            svg: lines(
              [
                { name: 'local', ink: 'float', points: local, dots: true },
                { name: 'cumulative', ink: 'quantized', points: known },
              ],
              { title: 'position of the node in the graph', low: 0, high: Math.max(...tensors.map(({ index }) => index), 1) },
              { title: 'SQNR, dB', low: Math.min(0, ...all), high: Math.min(80, Math.max(...all, 10)) },
              summary,
            ),
          },
        ];
  return [
    ...chart,
    {
      kind: 'table',
      id: 'tensors',
      title: 'Tensors with the largest error',
      note,
      columns: [
        { title: 'Tensor' },
        { title: 'operator' },
        { title: 'SQNR cumulative (dB)', format: decibels },
        { title: 'SQNR local (dB)', format: decibels },
        { title: 'cosine', format: (value) => number(value, '', 5) },
        { title: 'MSE' },
        { title: 'largest error' },
      ],
      rows: worst.map(({ name, op, cumulative, local: own }) => [name, op, cumulative.sqnrDb, own?.sqnrDb ?? null, cumulative.cosine, cumulative.mse, cumulative.maxAbs]), // prettier-ignore
      shown: 15,
    },
  ];
}

function sensitivityBlocks({ diagnose: { sensitivity = [] } }: RunResult): Block[] {
  if (sensitivity.length === 0) return [];
  const of = ({ measured, estimateDb }: (typeof sensitivity)[number]): number | null => (measured ? measured.outputSqnrDb : estimateDb);
  const drawn = sensitivity.slice(0, DRAWN).map((one) => ({ label: one.node, values: [of(one)], note: one.measured ? 'measured' : 'estimated' }));
  const first = sensitivity[0];
  const summary = `SQNR that the output has with a single layer quantized; lower is worse. The most harmful is ${first?.node ?? ''} with ${decibels(first ? of(first) : null)}.`;
  return [
    { kind: 'chart', id: 'sensitivity', title: 'Output SQNR with one layer quantized', summary, svg: bars(drawn, [{ name: 'output SQNR', ink: 'quantized' }], 'dB', summary) }, // prettier-ignore
    {
      kind: 'table',
      id: 'sensitivity',
      title: 'Sensitivity by layer',
      note: 'Each layer alone is quantized, all else is float. Estimated from local errors along the graph; the first ones are measured by real inference.',
      columns: [
        { title: 'Node' },
        { title: 'operator' },
        { title: 'estimated output SQNR (dB)', format: decibels },
        { title: 'measured output SQNR (dB)', format: decibels },
        { title: 'answers changed (%)', format: percent },
        { title: 'images', format: String },
      ],
      rows: sensitivity.map((one) => [one.node, one.op, one.estimateDb, one.measured?.outputSqnrDb ?? null, one.measured?.changed ?? null, one.measured?.images ?? null]), // prettier-ignore
      shown: 15,
    },
  ];
}

function weightBlocks({ quantize, diagnose }: RunResult): Block[] {
  const errors = new Map((diagnose.weights ?? []).map((one) => [one.name, one]));
  const rows = quantize.tensors
    .filter((tensor) => tensor.channelRangeRatio !== undefined)
    .sort((a, b) => (b.channelRangeRatio ?? 0) - (a.channelRangeRatio ?? 0))
    .map((tensor) => {
      const error = errors.get(tensor.name);
      return [tensor.name, tensor.granularity, tensor.channelRangeRatio ?? null, error?.sqnrDb ?? null, error?.worstChannel ?? null, error?.worstChannel == null ? null : (error.channelSqnrDb[error.worstChannel] ?? null)]; // prettier-ignore
    });
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      id: 'weights',
      title: 'Weights',
      note: 'The greatest over the smallest channel range of a weight. With per-tensor weights one scale serves all channels, so the narrow ones keep few or no levels.',
      columns: [
        { title: 'Weight' },
        { title: 'granularity' },
        { title: 'range ratio', format: (value) => `${number(value)}×` },
        { title: 'SQNR (dB)', format: decibels },
        { title: 'worst channel', format: String },
        { title: 'its SQNR (dB)', format: decibels },
      ],
      rows,
      shown: 10,
    },
  ];
}
