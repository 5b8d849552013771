import { describe, expect, it } from 'vitest';
import { cividis } from '../../../src-renderer/charts/colour-scales.ts';
import { extent, falseColour } from '../../../src-renderer/views/data/tensor-image.ts';

/** Two pixels, side by side: red-ish then blue-ish, values from −1 to 3. */
const channels = [
  { name: 'R', min: -1, mean: 1, max: 3 },
  { name: 'G', min: 0, mean: 0, max: 0 },
  { name: 'B', min: 0, mean: 1.5, max: 3 },
];
const planar = { shape: [1, 3, 1, 2], layout: 'NCHW' as const, values: Float32Array.of(3, -1, 0, 0, 0, 3), channels };
const interleaved = { shape: [1, 1, 2, 3], layout: 'NHWC' as const, values: Float32Array.of(3, 0, 0, -1, 0, 3), channels };

describe('the tensor in false colour', () => {
  it('knows its extent in both layouts, with and without a batch', () => {
    for (const tensor of [planar, interleaved, { shape: [3, 1, 2], layout: 'NCHW' as const }])
      expect(extent(tensor)).toEqual({ height: 1, width: 2, channels: 3 });
  });

  it('draws both layouts alike: black at the least, full at the greatest value of the tensor', () => {
    expect([...falseColour(planar, 'all')]).toEqual([255, 64, 64, 255, 0, 64, 255, 255]);
    expect(falseColour(interleaved, 'all')).toEqual(falseColour(planar, 'all'));
  });

  it('draws one channel on its own scale in cividis, and a constant one without dividing by zero', () => {
    expect([...falseColour(planar, 2)]).toEqual([...cividis(0), 255, ...cividis(1), 255]);
    expect([...falseColour(planar, 1)]).toEqual([...cividis(0), 255, ...cividis(0), 255]);
  });
});
