import { digits, some, suffers, type Finding, type Rule } from '../evidence.ts';

/** With fewer images the ranges still grow from draw to draw in nearly every network. */
const FEW_IMAGES = 25;
const USUAL = 100;
/** A single image that stretches a range by half leaves all others half of the codes. */
const INFLUENCE = 50;

/** Too few images, images that alone decide ranges, or images that are not like those the model is judged by. */
export const calibrationImages: Rule = ({ recipe, result, doctor }) => {
  const { images, statistics } = result.quantize;
  if (statistics === 'none') return [];
  const findings: Finding[] = [];
  if (images < FEW_IMAGES && suffers(result)) {
    findings.push({
      id: 'calibration-more',
      kind: 'calibration',
      title: 'Calibrate with more images',
      seen: `Only ${images} images calibrated.`,
      why: 'Ranges are what these images showed; what others need beyond is clipped.',
      source: 'ranges of random subsets, see the Calibration tab',
      gain: 'medium',
      change: { recipe: { samples: USUAL }, words: `${USUAL} images calibrate instead of ${images}` },
    });
  }
  if (!doctor) {
    if (suffers(result)) {
      findings.push({
        id: 'calibration-look',
        kind: 'calibration',
        title: 'Look at the calibration images',
        seen: `Nobody has looked yet whether the ${images} images are enough, odd or unlike the others.`,
        why: 'A single odd image can set the ranges of many tensors, and nothing in the model shows it.',
        source: 'the Calibration tab measures it',
        gain: 'unknown',
        screen: 'calibration',
      });
    }
    return findings;
  }
  const deciding = doctor.setters.filter(({ shrink }) => shrink > INFLUENCE);
  if (deciding.length > 0 && recipe.range === 'minmax') {
    findings.push({
      id: 'calibration-setters',
      kind: 'calibration',
      title: 'Do not let single images decide ranges',
      seen: `${some(deciding.map(({ file, shrink }) => `${file} (${digits(shrink)} %)`))} of ${doctor.images} images stretch a range by more than ${INFLUENCE} % alone.`,
      why: 'With min–max one image costs all others half of the codes; least squared error clips what only it needs.',
      source: 'leave-one-out over the calibration images',
      gain: suffers(result) ? 'medium' : 'small',
      tensors: [],
      change: { recipe: { range: 'mse' }, words: 'Ranges by least squared error instead of min–max' },
    });
  }
  if (doctor.mismatch?.differs) {
    findings.push({
      id: 'calibration-mismatch',
      kind: 'calibration',
      title: 'Calibrate with images like those that are judged',
      seen: doctor.mismatch.message,
      why: 'Ranges fit the images that calibrated; others are clipped or use few codes.',
      source: 'two-sample Kolmogorov–Smirnov test of input means and deviations, 1 %',
      gain: suffers(result) ? 'medium' : 'small',
      screen: 'calibration',
    });
  }
  if (doctor.classes && doctor.classes.missing.length > 0 && doctor.classes.missing.length * 4 > doctor.classes.known) {
    findings.push({
      id: 'calibration-classes',
      kind: 'calibration',
      title: 'Calibrate with images of every class',
      seen: `${doctor.classes.missing.length} of ${doctor.classes.known} classes are not among the ${doctor.images} calibration images.`,
      why: 'Features that only some classes raise may need ranges that no other image shows.',
      source: 'labels of the calibration images',
      gain: 'small',
      screen: 'calibration',
    });
  }
  return findings;
};
