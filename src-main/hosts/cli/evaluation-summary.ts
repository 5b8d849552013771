import type { CriterionCheck } from '../../contract/criteria.ts';
import type { EvaluateResult, Evaluation } from '../../contract/results.ts';
import { bytes, counted, decibels, milliseconds, percent, points, problemLines, significant, skippedText, table } from './format.ts';

const SHOWN = 3;

/** An accuracy, or why there is none. */
function accuracy({ labelled, top1 }: Evaluation, value: number | null): string {
  if (value !== null) return percent(value);
  if (!labelled) return 'no labels';
  return top1 === null ? 'no class scores' : 'not meaningful with so few classes';
}

const orNone = (value: number | null | undefined, text: (value: number) => string = percent): string => (value == null ? '–' : text(value));

type Row = [name: string, text: (model: Evaluation) => string];

/** The numbers of the task, each with what it is of. */
function taskRows(model: Evaluation): Row[] {
  const on = counted(model.images, 'image');
  if (model.detection) {
    const { images, objects } = model.detection;
    const of = `of ${counted(objects, 'object')} in ${counted(images ?? model.images, 'image')}`;
    return [
      [`mAP ${of}`, ({ detection }) => orNone(detection?.ap)],
      ['AP at IoU 0.50, 0.75', ({ detection }) => `${orNone(detection?.ap50)}, ${orNone(detection?.ap75)}`],
      ['AP small, medium, large', ({ detection }) => [detection?.bySize.small, detection?.bySize.medium, detection?.bySize.large].map((ap) => orNone(ap)).join(', ')], // prettier-ignore
      ['average recall', ({ detection }) => orNone(detection?.recall)],
      [
        'objects found, IoU, offset',
        ({ detection: all }) =>
          `${all?.localisation.found ?? 0}, ${orNone(all?.localisation.iou)}, ${orNone(all?.localisation.offset, (value) => `${significant(value)} px`)}`,
      ],
    ];
  }
  if (model.segmentation) {
    const { images, pixels } = model.segmentation;
    return [
      [`mIoU of ${counted(images ?? model.images, 'image')}`, ({ segmentation }) => orNone(segmentation?.miou)],
      [`right pixels of ${significant(pixels / 1e6)} million`, ({ segmentation }) => orNone(segmentation?.accuracy)],
    ];
  }
  if (model.regression) {
    const against = model.regression.target === 'input' ? 'the input' : 'float';
    return [
      [`MSE against ${against} of ${on}`, ({ regression }) => orNone(regression?.mse, significant)],
      ['bias', ({ regression }) => orNone(regression?.bias, significant)],
      ['largest error', ({ regression }) => orNone(regression?.maxAbs, significant)],
    ];
  }
  const rows: Row[] = [
    [`top-1 of ${on}`, (one) => accuracy(one, one.top1)],
    [`top-5 of ${on}`, (one) => accuracy(one, one.top5)],
  ];
  if (model.confidence) rows.push([`confidence off by (ECE)`, ({ confidence }) => orNone(confidence?.error, (value) => `${significant(value)} points`)]);
  return rows;
}

/** Rows of one column per model: the numbers that decide, each with its unit. */
export function comparison(models: readonly Evaluation[]): string[][] {
  const [first] = models;
  const rows: Row[] = [
    ['model', ({ model }) => model.file],
    ['size', ({ model }) => bytes(model.bytes)],
    ...(first ? taskRows(first) : []),
    ['latency median', ({ latencyMs }) => milliseconds(latencyMs.median)],
    ['latency p95', ({ latencyMs }) => milliseconds(latencyMs.p95)],
  ];
  return rows.map(([name, text]) => [name, ...models.map(text)]);
}

export function evaluationSummary(result: EvaluateResult, checks: readonly CriterionCheck[]): string {
  const lines = [
    table(comparison(result.against ? [result, result.against] : [result])),
    ...(result.skipped.length > 0 ? [skippedText(result.skipped).trim()] : []),
    ...againstLines(result),
    ...lowestClasses(result),
    ...confusionLines(result),
    ...damageLines(result),
    ...trialLines(result),
    ...checks.map(({ met, message }) => `${met === null ? 'not told' : met ? 'met' : 'not met'}: ${message}`),
  ];
  return lines.join('\n') + problemLines(result.speed?.findings ?? []) + problemLines(result.warnings);
}

function againstLines({ against, agreement, delta, outputError, outputs = [], headline, images }: EvaluateResult): string[] {
  const lines: string[] = [];
  if (against && delta) {
    const { value = null, float = null, higher = true, metric = '' } = headline ?? {};
    const change = value === null || float === null || !higher ? '' : `${metric} ${points(value - float)}, `;
    lines.push(`against ${against.model.file}: ${change}${significant(delta.speedup)} times its speed`);
  }
  if (agreement != null) lines.push(`same top-1 class on ${percent(agreement)} of ${counted(images, 'image')}`);
  if (outputs.length > 1) {
    for (const { name, sqnrDb, bias, biasShare } of outputs) {
      lines.push(`output ${name}: SQNR ${decibels(sqnrDb)}, bias ${significant(bias)}${biasShare === null ? '' : ` (${percent(Math.abs(biasShare))} of its deviation)`} over ${counted(images, 'image')}`); // prettier-ignore
    }
  } else if (outputError) lines.push(`output: SQNR ${decibels(outputError.sqnrDb)} over ${counted(images, 'image')}`);
  return lines;
}

function lowestClasses({ perClass, detection, segmentation }: EvaluateResult): string[] {
  const scores = detection
    ? detection.perClass.map(({ class: index, name, objects, ap }) => ({ name: name ?? `class ${index}`, value: ap, of: counted(objects, 'object') }))
    : segmentation
      ? segmentation.perClass
          .filter(({ pixels }) => pixels > 0)
          .map(({ class: index, name, images, iou }) => ({ name: name ?? `class ${index}`, value: iou, of: counted(images ?? 0, 'image') }))
      : perClass.map(({ class: index, name, images, top1 }) => ({ name: name ?? `class ${index}`, value: top1, of: counted(images, 'image') }));
  const lowest = scores
    .filter(({ value }) => value !== null && value < 100)
    .toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))
    .slice(0, SHOWN);
  return lowest.length === 0 ? [] : [`lowest classes: ${lowest.map(({ name, value, of }) => `${name} ${orNone(value)} of ${of}`).join(', ')}`];
}

function confusionLines({ confusions = [] }: EvaluateResult): string[] {
  const shown = confusions.slice(0, SHOWN);
  if (shown.length === 0) return [];
  const texts = shown.map(
    ({ truth, truthName, answer, answerName, float, quantized, images }) => `${truthName ?? truth} as ${answerName ?? answer} ${quantized} times (float ${float}) of ${counted(images, 'image')}`, // prettier-ignore
  );
  return [`confused more often: ${texts.join(', ')}`];
}

function damageLines({ damage }: EvaluateResult): string[] {
  if (!damage) return [];
  const { of, lost, gained, changed, images } = damage;
  const worst = images.slice(0, SHOWN).map(({ file, what }) => `  ${file}: ${what}`);
  return [`of ${counted(of, 'image')} ${lost} lost, ${gained} gained, ${changed} changed otherwise${worst.length > 0 ? '; most changed:' : ''}`, ...worst];
}

function trialLines({ trials }: EvaluateResult): string[] {
  if (!trials) return [];
  return ['other preprocessings, best first:', ...trials.slice(0, SHOWN).map(({ change, top1, images }) => `  ${change}: top-1 ${percent(top1)} of ${counted(images, 'image')}`)]; // prettier-ignore
}
