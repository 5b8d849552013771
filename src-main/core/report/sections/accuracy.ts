import { resultWord } from '../../../contract/recipe-words.ts';
import type { Evaluation, RunResult } from '../../../contract/results.ts';
import type { Block, Section } from '../document.ts';
import { bars } from '../svg/bars.ts';
import { lines } from '../svg/lines.ts';
import { number, percent, signed } from '../words.ts';

interface ClassRow {
  name: string;
  /** Images, objects or pixels. */
  count: number;
  float: number | null;
  quantized: number | null;
}

const SHOWN = 50;
const DRAWN = 20;

/** Per class, confusions, confidence and the images that suffered, as far as the task has them. */
export function accuracySections(result: RunResult): Section[] {
  return [
    { title: 'Classes, most damaged first', blocks: classBlocks(result) },
    { title: 'Confused more often than by float', blocks: confusionBlocks(result) },
    { title: 'Confidence', blocks: confidenceBlocks(result) },
    { title: 'Images that suffered most', blocks: imageBlocks(result) },
  ];
}

/** What a class has of each task: its metric and what its count is of. */
function classesOf(evaluation: Evaluation): {
  metric: string;
  of: string;
  rows: { class: number; name: string | null; count: number; value: number | null }[];
} {
  if (evaluation.detection) return { metric: 'AP', of: 'objects', rows: evaluation.detection.perClass.map(({ ap, objects, ...one }) => ({ ...one, count: objects, value: ap })) }; // prettier-ignore
  if (evaluation.segmentation) return { metric: 'IoU', of: 'pixels', rows: evaluation.segmentation.perClass.map(({ iou, pixels, ...one }) => ({ ...one, count: pixels, value: iou })) }; // prettier-ignore
  return { metric: 'top-1', of: 'images', rows: evaluation.perClass.map(({ top1, images, ...one }) => ({ ...one, count: images, value: top1 })) };
}

function classBlocks({ evaluate, quantize }: RunResult): Block[] {
  const { metric, of, rows } = classesOf(evaluate);
  const float = new Map(evaluate.against ? classesOf(evaluate.against).rows.map((row) => [row.class, row.value]) : []);
  const delta = (row: ClassRow): number => (row.quantized ?? 0) - (row.float ?? row.quantized ?? 0);
  const sorted = rows
    .map((row): ClassRow => ({ name: row.name ?? String(row.class), count: row.count, float: float.get(row.class) ?? null, quantized: row.value }))
    .sort((a, b) => delta(a) - delta(b));
  if (sorted.length === 0) return [];
  const word = resultWord(quantize.recipe);
  const drawn = sorted.slice(0, DRAWN).map((row) => ({ label: row.name, values: [row.float, row.quantized], note: `${signed(delta(row), ' points')} (${row.count} ${of})` })); // prettier-ignore
  const series = [
    { name: 'float', ink: 'float' as const },
    { name: word, ink: 'quantized' as const },
  ];
  const summary = `${metric} of the ${drawn.length} most damaged of ${sorted.length} classes, float and ${word}.`;
  return [
    { kind: 'chart', id: 'classes', title: `${metric} by class`, summary, svg: bars(drawn, series, `${metric}, %`, summary) },
    {
      kind: 'table',
      id: 'classes',
      title: 'Classes',
      columns: [
        { title: 'Class' },
        { title: of, format: String },
        { title: `float ${metric} (%)`, format: percent },
        { title: `${word} ${metric} (%)`, format: percent },
        { title: 'change (points)', format: (value) => signed(value, ' points') },
      ],
      rows: sorted.map((row) => [row.name, row.count, row.float, row.quantized, row.float === null || row.quantized === null ? null : delta(row)]),
      shown: SHOWN,
    },
  ];
}

function confusionBlocks({ evaluate, quantize }: RunResult): Block[] {
  const { confusions = [] } = evaluate;
  if (confusions.length === 0) return [];
  const columns = ['Truth', 'answer', 'images of the truth', 'float (images)', `${resultWord(quantize.recipe)} (images)`].map((title) => ({
    title,
    format: String,
  }));
  const rows = confusions.map((one) => [one.truthName ?? one.truth, one.answerName ?? one.answer, one.images, one.float, one.quantized]);
  return [{ kind: 'table', id: 'confusions', title: 'Pairs of classes', columns, rows, shown: 20 }];
}

function confidenceBlocks({ evaluate, quantize }: RunResult): Block[] {
  const { confidence, against } = evaluate;
  if (!confidence) return [];
  const word = resultWord(quantize.recipe);
  const points = (of: Evaluation['confidence']) => (of?.bins ?? []).filter(({ images }) => images > 0).map((bin) => ({ x: bin.confidence, y: bin.accuracy }));
  const summary = `Accuracy of the images by the confidence of their answer. Expected calibration error: ${word} ${number(confidence.error)} points${against?.confidence ? `, float ${number(against.confidence.error)}` : ''}.`;
  const diagonal = { name: 'as sure as right', ink: 'line' as const, points: [{ x: 0, y: 0 }, { x: 100, y: 100 }] }; // prettier-ignore
  const series = [
    diagonal,
    ...(against?.confidence ? [{ name: 'float', ink: 'float' as const, points: points(against.confidence) }] : []),
    { name: word, ink: 'quantized' as const, points: points(confidence) },
  ];
  const axis = { low: 0, high: 100 };
  const svg = lines(series, { title: 'confidence, %', ...axis }, { title: 'accuracy, %', ...axis }, summary);
  const columns = ['confidence from (%)', 'to (%)', 'images', 'mean confidence (%)', 'accuracy (%)'].map((title) => ({ title }));
  const rows = confidence.bins.map((bin) => [bin.from, bin.to, bin.images, bin.confidence, bin.accuracy]);
  return [
    { kind: 'chart', id: 'confidence', title: 'Confidence and accuracy', summary, svg },
    { kind: 'table', id: 'confidence', title: `Bins of ${word}`, columns, rows },
  ];
}

function imageBlocks({ evaluate: { damage } }: RunResult): Block[] {
  if (!damage || damage.images.length === 0) return [];
  const note = `Of ${damage.of} images ${damage.lost} were lost, ${damage.gained} gained, and ${damage.changed} changed otherwise.`;
  const columns = ['File', 'change', 'what happened', 'damage'].map((title) => ({ title }));
  const rows = damage.images.filter(({ change }) => change !== 'same').map((one) => [one.file, one.change, one.what, one.damage]);
  return rows.length === 0 ? [{ kind: 'text', text: note }] : [{ kind: 'table', id: 'images', title: 'Images', note, columns, rows, shown: 25 }];
}
