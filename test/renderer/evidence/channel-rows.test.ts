import { expect, it } from 'vitest';
import type { ChannelErrors } from '../../../src-main/contract/evidence.ts';
import { placeAt, worstPlace } from '../../../src-renderer/charts/channel-map.ts';
import { channelRows, channelTable, rangeShares, worstChannel } from '../../../src-renderer/views/evidence/channel-rows.ts';

const errors: ChannelErrors = { tensor: 't', node: 'n', op: 'Conv', axis: 1, sqnrDb: [30, null, 12, 40], min: [-1, 0, 0, -4], max: [1, 0, 0.08, 4] };

it('the worst channels come first and unknown ones last, each with its own index', () => {
  const [row] = channelRows([errors], 'sqnr', 'worst');
  expect([...(row?.channels ?? [])]).toEqual([2, 0, 3, 1]);
  expect([...(row?.values ?? [])]).toEqual([12, 30, 40, NaN]);
  expect([...(channelRows([errors], 'sqnr', 'index')[0]?.channels ?? [])]).toEqual([0, 1, 2, 3]);
});

it('ranges are shares of the range of the whole tensor, unknown where that is empty', () => {
  expect(rangeShares(errors)).toEqual([25, 0, 1, 100]);
  expect(rangeShares({ ...errors, min: [0, 0, 0, 0], max: [0, 0, 0, 0] })).toEqual([null, null, null, null]);
});

it('the table has a row for every channel, and the summary the lowest one', () => {
  expect(channelTable([errors]).rows).toHaveLength(4);
  expect(channelTable([errors]).rows[3]).toEqual(['t', 'Conv', 3, 40, -4, 4, 8, 100]);
  expect(worstChannel([errors])).toEqual({ tensor: 't', channel: 2, sqnrDb: 12 });
});

it('of the channels that share a pixel the worst is drawn and read', () => {
  const values = Float32Array.of(40, NaN, 12, 30);
  expect(worstPlace(values, 0, 4, 'high')).toBe(2);
  expect(worstPlace(values, 0, 4, 'low')).toBe(0);
  expect(worstPlace(values, 1, 2, 'high')).toBe(-1);
  const row = { key: 't', label: 't', channels: Uint32Array.of(0, 1, 2, 3), values };
  expect(placeAt(row, 0, 1, 'high')).toBe(2);
  expect(placeAt(row, 0.8, 100, 'high')).toBe(3);
  expect(placeAt(row, -0.1, 100, 'high')).toBe(-1);
});
