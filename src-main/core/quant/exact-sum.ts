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
    this.parts[part] = (this.parts[part] as number) + (word[0] as number);
  }

  absorb({ parts }: { readonly parts: Float64Array }): void {
    addParts(this.parts, parts);
  }

  total(): number {
    return sumInOrder(this.parts);
  }
}

/** Eight exponents share a part: its values are whole multiples of one unit and smaller than 2^31 of them, so 2^22 of them add without rounding. */
const PARTS = 32;

/** The same for many sums at once, each of at most four million values, in an eighth of the memory. */
export class ExactSums {
  readonly parts: Float64Array;

  constructor(count: number) {
    this.parts = new Float64Array(count * PARTS);
  }

  add(index: number, value: number): void {
    word[0] = value;
    const part = index * PARTS + (((bits[0] as number) >>> 26) & (PARTS - 1));
    this.parts[part] = (this.parts[part] as number) + (word[0] as number);
  }

  absorb({ parts }: { readonly parts: Float64Array }): void {
    addParts(this.parts, parts);
  }

  total(index: number): number {
    return sumInOrder(this.parts.subarray(index * PARTS, (index + 1) * PARTS));
  }
}

function addParts(parts: Float64Array, others: Float64Array): void {
  for (let i = 0; i < parts.length; i++) parts[i] = (parts[i] as number) + (others[i] as number);
}

function sumInOrder(parts: Float64Array): number {
  let total = 0;
  for (const part of parts) total += part;
  return total;
}
