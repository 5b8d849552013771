/**
 * Milliseconds per image that the statistics of MobileNetV2 cost in one thread, beside what inference costs: 65 tensors of the sizes that a 224×224 image
 * makes, half of them rectified. Run: node test/bench/collector.ts
 */
import { createScanner } from '../../src-main/core/quant/scan.ts';
import { createCollector } from '../../src-main/core/quant/collector.ts';

/** Elements of every tensor that is observed: input, stem, the inverted residual blocks (expansion, channels, repeats, stride), head. */
function mobileNetV2(): number[] {
  const sizes = [3 * 224 * 224, 32 * 112 * 112];
  let [channels, side] = [32, 112];
  for (const [expansion, out, repeats, stride] of [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const) {
    // prettier-ignore
    for (let i = 0; i < repeats; i++) {
      const inside = channels * expansion;
      if (expansion > 1) sizes.push(inside * side * side);
      if (i === 0) side /= stride;
      sizes.push(inside * side * side, out * side * side);
      if (i > 0) sizes.push(out * side * side);
      channels = out;
    }
  }
  return [...sizes, 1280 * 7 * 7, 1280, 1000];
}

function bellShaped(size: number, rectified: boolean): Float32Array {
  return Float32Array.from({ length: size }, () => {
    const value = (Math.random() + Math.random() + Math.random() - 1.5) * 4;
    return rectified ? Math.min(Math.max(value, 0), 6) : value;
  });
}

function measure(label: string, work: () => void): void {
  const times = Array.from({ length: 60 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  console.log(`${label}: ${times[0]?.toFixed(1)} ms at best, ${times[30]?.toFixed(1)} ms median, ${times[57]?.toFixed(1)} ms p95 per image`);
}

const tensors = mobileNetV2().map((size, i) => ({ name: `t${i}`, values: bellShaped(size, i % 2 === 1) }));
console.log(`${tensors.length} tensors, ${tensors.reduce((sum, { values }) => sum + values.length, 0).toLocaleString('en-US')} values per image`);
const scan = createScanner();
measure('exact minimum and maximum', () => tensors.forEach(({ values }) => scan(values)));
const collector = createCollector(tensors.map(({ name }) => name));
measure('full statistics', () => tensors.forEach(({ name, values }) => collector.add(name, values)));
