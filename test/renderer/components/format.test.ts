import { describe, expect, it } from 'vitest';
import * as format from '../../../src-renderer/components/format.ts';

/** Typographic characters written plainly, so that the expectations can be read. */
function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ').replaceAll('\u202f', '_').replaceAll('\u2212', '-');
}

describe('numbers', () => {
  it.each([
    [0, '0'],
    [1, '1.00'],
    [-0.5, '-0.500'],
    [0.012345, '0.0123'],
    [0.9996, '1.00'],
    [99.95, '100'],
    [1234.6, '1230'],
    [12_345.6, '12_300'],
    [999_999, '1.00e6'],
    [1_000_000, '1.00e6'],
    [0.00004321, '4.32e-5'],
    [Infinity, '∞'],
    [-Infinity, '-∞'],
  ])('%d is written with three significant digits: %s', (value, text) => {
    expect(plain(format.number(value))).toBe(text);
  });

  it('writes what is not known as a dash, never as 0', () => {
    for (const write of [
      format.number,
      format.integer,
      format.percent,
      format.points,
      format.bytes,
      format.milliseconds,
      format.decibel,
      format.times,
      format.clock,
      format.count,
    ]) {
      expect(write(null)).toBe('–');
      expect(write(undefined)).toBe('–');
      expect(write(NaN)).toBe('–');
    }
    expect(format.change(1, null)).toBe('–');
    expect(format.change(1, 0)).toBe('–');
  });

  it('puts the count beside a percentage', () => {
    expect(plain(format.percent(84.5, 200))).toBe('84.5 % of 200');
    expect(plain(format.percent(100))).toBe('100.0 %');
  });

  it('signs every delta, also the one that rounds to nothing', () => {
    expect(plain(format.points(-0.5))).toBe('-0.5');
    expect(plain(format.points(1.25))).toBe('+1.3');
    expect(plain(format.points(-0.04))).toBe('±0.0');
    expect(plain(format.change(2.28, 8.92))).toBe('-74 %');
    expect(plain(format.change(9.846, 9.8))).toBe('+0.469 %');
    expect(plain(format.change(90.04, 100))).toBe('-9.96 %');
    expect(plain(format.change(1, 1))).toBe('±0 %');
    expect(plain(format.change(200, 1))).toBe('+19_900 %');
    expect(plain(format.delta(0.00123))).toBe('+0.00123');
    expect(plain(format.signedInteger(-2))).toBe('-2');
  });

  it('chooses the unit', () => {
    expect(plain(format.bytes(999))).toBe('999 B');
    expect(plain(format.bytes(1000))).toBe('1.00 kB');
    expect(plain(format.bytes(999_950))).toBe('1.00 MB');
    expect(plain(format.bytes(3_610_000))).toBe('3.61 MB');
    expect(plain(format.count(3_504_872))).toBe('3.50 M');
    expect(plain(format.count(9999))).toBe('9999');
    expect(plain(format.milliseconds(0))).toBe('0 ms');
    expect(plain(format.milliseconds(0.0421))).toBe('42.1 µs');
    expect(plain(format.milliseconds(0.107))).toBe('107 µs');
    expect(plain(format.milliseconds(0.9996))).toBe('1.00 ms');
    expect(plain(format.milliseconds(999.6))).toBe('1.00 s');
    expect(plain(format.milliseconds(1.9))).toBe('1.90 ms');
    expect(plain(format.milliseconds(12_300))).toBe('12.3 s');
    expect(plain(format.decibel(38.24))).toBe('38.2 dB');
    expect(plain(format.times(5.4))).toBe('5.40×');
  });
});

describe('times, shapes and words', () => {
  it('writes time left like a clock', () => {
    expect(format.clock(0.4)).toBe('0:00');
    expect(format.clock(59.6)).toBe('1:00');
    expect(format.clock(3723)).toBe('1:02:03');
  });

  it('writes shapes with names of dynamic dimensions', () => {
    expect(format.shape(['batch', 3, null, 224])).toBe('batch×3×?×224');
    expect(format.shape([])).toBe('scalar');
    expect(format.shape(null)).toBe('–');
  });

  it('counts in words', () => {
    expect(format.plural(1, 'image')).toBe('1 image');
    expect(format.plural(0, 'entry', 'entries')).toBe('0 entries');
  });

  it('dates relative to the day', () => {
    const now = new Date(2026, 10, 20, 12, 0);
    const at = (...parts: [number, number, number, number, number]): string => new Date(...parts).toISOString();
    expect(format.date(at(2026, 10, 20, 9, 5), now)).toBe('today 9:05');
    expect(format.date(at(2026, 10, 19, 23, 59), now)).toBe('yesterday 23:59');
    expect(format.date(at(2026, 2, 1, 8, 0), now)).toBe('1 Mar 8:00');
    expect(format.date(at(2025, 2, 1, 8, 0), now)).toBe('1 Mar 2025');
    expect(format.date('nonsense', now)).toBe('–');
  });
});
