import type { DoctorResult } from '../../contract/evidence.ts';
import type { RunDetail } from '../../contract/projects.ts';
import type { RunResult } from '../../contract/results.ts';
import type { ReportDocument, Section } from './document.ts';
import { accuracySections } from './sections/accuracy.ts';
import { adviceSection } from './sections/advice.ts';
import { calibrationSection } from './sections/calibration.ts';
import { layerSections } from './sections/layers.ts';
import { parameterSections } from './sections/parameters.ts';
import { provenanceSection } from './sections/provenance.ts';
import { speedSection } from './sections/speed.ts';
import { summarySections } from './sections/summary.ts';

/**
 * All that is known of a finished run, in the order in which one reads: what it is worth, what to do, why, and how to repeat it. Sections without content are
 * left out.
 * @param doctor the last look at the calibration images, where there was one
 */
export function runReport(detail: RunDetail, result: RunResult, doctor: DoctorResult | null = null): ReportDocument {
  const { row, verdict } = detail;
  const sections: (Section | null)[] = [
    ...summarySections(detail, result),
    adviceSection(detail),
    ...accuracySections(result),
    ...layerSections(result),
    speedSection(result),
    doctor && calibrationSection(doctor),
    ...parameterSections(result),
    provenanceSection(result),
  ];
  return {
    title: `${row.modelName}: ${row.name}`,
    subtitle: `${row.createdAt} · judged on ${result.evaluate.images} images of the data set ${row.datasetName}`,
    verdict: verdict?.message ?? '',
    sections: sections.filter((section) => section !== null && section.blocks.length > 0) as Section[],
  };
}
