import { CalibrantError } from '../../contract/errors.ts';
import type { DoctorResult } from '../../contract/evidence.ts';
import type { JobSpec } from '../../contract/jobs.ts';
import { needsImages, type Recipe } from '../../contract/recipe.ts';
import { COVERAGE, coveringSubset } from '../../core/calibration/cover.ts';
import { influences, settersOf } from '../../core/calibration/influence.ts';
import { SATURATED_SHARE } from '../../core/calibration/input-look.ts';
import { mismatchOf, type InputLook } from '../../core/calibration/mismatch.ts';
import { missingClasses } from '../../core/calibration/missing-classes.ts';
import { outliersOf } from '../../core/calibration/outliers.ts';
import { rangesBySize } from '../../core/calibration/sizes.ts';
import { judgeCalibration } from '../../core/calibration/verdict.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { assertQuantizable } from '../../core/onnx/support.ts';
import { planQuantization } from '../../core/quant/plan.ts';
import { lookAtEach, lookAtInputs, type Seen, type SeenItem } from '../doctor/look.ts';
import { accuracyAtTwoSizes } from '../doctor/two-sizes.ts';
import { throwIfCancelled } from '../feed.ts';
import { openJobData, takeSamples, type JobData } from '../job-data.ts';
import { readModelFile } from '../model-file.ts';
import { fewerWarning, note, skippedWarning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { sourceOf, type Source } from '../quantize/existing.ts';
import { prepareAndLook } from '../quantize/prepare.ts';

export const DOCTOR_STAGES = ['load', 'doctor', 'evaluate'] as const;

type Spec = Extract<JobSpec, { kind: 'doctor' }>;

/**
 * Looks at the images that a recipe calibrates with: whether they are enough, which of them decide, which are odd. Throws what reading model and data
 * throws, `recipe-invalid` where nothing calibrates, `data-not-finite`, `job-cancelled`.
 */
export async function doctor(spec: Spec, context: JobContext): Promise<DoctorResult> {
  const { recipe } = spec;
  context.progress.start('load', 1);
  if (!needsImages(recipe)) throw nothingCalibrates(`the format ${recipe.format} needs no images`);
  const file = await readModelFile(spec.model);
  const source = sourceOf(file.model, recipe);
  if (source.kept) throw nothingCalibrates('the model is quantized already and keeps its ranges');
  assertQuantizable(source.float);
  const data = await openJobData({ ...spec.data, seed: recipe.seed }, source.float.graph.inputs);
  const { model, names } = await observedOf(source, data, recipe);
  const positions = takeSamples(data, 0, recipe.samples);
  const others = data.order.slice(positions.length, 2 * positions.length);
  throwIfCancelled(context.signal);
  context.progress.step();

  context.progress.start('doctor', positions.length + others.length);
  const skipped: DoctorResult['skipped'] = [];
  const seen = await lookAtEach(file, model, names, data, positions, skipped, context);
  const { looks, remarks } = await otherInputs(data, others, context);
  const found = conclude(seen, looks, data, recipe);
  context.log('info', found.verdict.message);

  const measured = spec.accuracy === false ? { accuracy: [], remarks: [] } : await accuracyAtTwoSizes(spec, data, positions.length, context);
  return {
    ...found,
    skipped,
    accuracy: measured.accuracy,
    warnings: [
      ...data.problems,
      ...source.notes,
      ...(skipped.length > 0 ? [skippedWarning(skipped.length, seen.items.length)] : []),
      ...fewerWarning(positions.length, recipe.samples),
      ...remarks,
      ...measured.remarks,
    ],
  };
}

function nothingCalibrates(why: string): CalibrantError {
  return new CalibrantError('recipe-invalid', `No images calibrate: ${why}. Choose the format qdq or qoperator, and to dequantize what is quantized.`);
}

/** The tensors whose ranges images decide, on the model that they are observed on, in the order of the graph. */
async function observedOf({ float, trained }: Source, data: JobData, recipe: Recipe): Promise<{ model: Model; names: string[] }> {
  const { model } = await prepareAndLook(float, data, recipe);
  const { prepared, observed } = planQuantization(model, recipe, trained);
  if (observed.length === 0) throw nothingCalibrates('every range is fixed, or comes with the model');
  const wanted = new Set(observed);
  const all = [...prepared.graph.inputs.map(({ name }) => name), ...prepared.graph.nodes.flatMap(({ outputs }) => outputs)];
  return { model: prepared, names: all.filter((name) => wanted.has(name)) };
}

/** Images that do not calibrate and cannot be used are no reason to fail. */
async function otherInputs(data: JobData, positions: Uint32Array, context: JobContext): Promise<{ looks: InputLook[]; remarks: DoctorResult['warnings'] }> {
  try {
    return { looks: await lookAtInputs(data, positions, context), remarks: [] };
  } catch (error) {
    if (!(error instanceof CalibrantError) || error.code === 'job-cancelled') throw error;
    return { looks: [], remarks: [note('doctor-no-others', `The images that do not calibrate cannot be compared with: ${error.message}`)] };
  }
}

function conclude(
  { items, looks }: Seen,
  others: readonly InputLook[],
  data: JobData,
  recipe: Recipe,
): Omit<DoctorResult, 'skipped' | 'accuracy' | 'warnings'> {
  const named = (image: number): { position: number; file: string } => {
    const { position, item } = items[image] as SeenItem;
    return { position, file: item.file };
  };
  const tensors = influences(looks);
  const setters = settersOf(tensors);
  const sizes = rangesBySize(looks, recipe.seed === 'none' ? 0 : recipe.seed);
  return {
    images: looks.images,
    total: data.items.length,
    verdict: judgeCalibration(looks.images, sizes, setters, tensors, (image) => named(image).file),
    sizes,
    tensors: tensors.map((one) => ({ ...one, minBy: named(one.minBy), maxBy: named(one.maxBy) })),
    setters: setters.map(({ image, ends, shrink }) => ({ ...named(image), ends, shrink })),
    outliers: outliersOf(looks).map(({ image, distance, tensor }) => ({ ...named(image), distance, tensor })),
    classes: missingClasses(data.items, items.map(({ item }) => item), data.classes), // prettier-ignore
    mismatch: mismatchOf(items.map(({ input }) => input), others), // prettier-ignore
    saturated: items
      .flatMap(({ saturation }, image) =>
        saturation && Math.max(saturation.low, saturation.high) > SATURATED_SHARE ? [{ ...named(image), ...saturation }] : [],
      )
      .sort((a, b) => Math.max(b.low, b.high) - Math.max(a.low, a.high)),
    subset: { coverage: COVERAGE, images: coveringSubset(looks).map(named) },
  };
}
