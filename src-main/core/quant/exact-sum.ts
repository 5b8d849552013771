/**
 * Sums of float32 values that come out the same in whatever order they are added: one float64 sum per binary exponent. Values of one exponent are
 * whole multiples of 2^(exponent−23), so up to 2^29 of them add without rounding; only the few sums at the end are rounded together, in a fixed order.
 */
export class ExactSum {
  /** By the float32's biased exponent. */
  readonly parts = new Float64Array(256);

  total(): number {
    let total = 0;
    for (const part of this.parts) total += part;
    return total;
  }
}
