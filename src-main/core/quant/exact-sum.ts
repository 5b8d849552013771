const word = new Float32Array(1);
const bits = new Uint32Array(word.buffer);

/**
 * Sums of float32 values that come out the same in whatever order they are added: one float64 sum per binary exponent. Values of one exponent are
 * whole multiples of 2^(exponent−23), so up to 2^29 of them add without rounding; only the few sums at the end are rounded together, in a fixed order.
 */
export class ExactSum {
  /** By the float32's biased exponent. */
  readonly parts = new Float64Array(256);

  add(value: number): void {
    word[0] = value;
    const part = ((bits[0] as number) >>> 23) & 255;
    this.parts[part] = (this.parts[part] as number) + value;
  }

  total(): number {
    return sumInOrder(this.parts);
  }
}

/** Eight exponents share a part: values of a part are whole multiples of its unit and 2^32 units large at most, so 2^21 of them add without rounding. */
const PARTS = 32;

/** The same for many sums at once, each of at most two million values, in an eighth of the memory. */
export class ExactSums {
  private readonly parts: Float64Array;

  constructor(count: number) {
    this.parts = new Float64Array(count * PARTS);
  }

  add(index: number, value: number): void {
    word[0] = value;
    const part = index * PARTS + (((bits[0] as number) >>> 26) & (PARTS - 1));
    this.parts[part] = (this.parts[part] as number) + (word[0] as number);
  }

  total(index: number): number {
    return sumInOrder(this.parts.subarray(index * PARTS, (index + 1) * PARTS));
  }
}

function sumInOrder(parts: Float64Array): number {
  let total = 0;
  for (const part of parts) total += part;
  return total;
}
