export interface RegressionError {
  mse: number;
  /** Mean of output minus target. */
  bias: number;
  maxAbs: number;
}

export interface RegressionMeter {
  /** One image; both equally long. Returns its own mean squared error. */
  add(values: ArrayLike<number>, target: ArrayLike<number>): number;
  /** null before any value. */
  finish(): RegressionError | null;
}

/** How far an output is from what it should be, over all values of all images. */
export function createRegressionMeter(): RegressionMeter {
  let count = 0;
  let squares = 0;
  let sum = 0;
  let maxAbs = 0;
  return {
    add(values, target) {
      if (values.length !== target.length) throw new RangeError(`${values.length} values against ${target.length}`);
      let own = 0;
      for (let i = 0; i < values.length; i++) {
        const error = (values[i] as number) - (target[i] as number);
        own += error * error;
        sum += error;
        maxAbs = Math.max(maxAbs, Math.abs(error));
      }
      count += values.length;
      squares += own;
      return own / Math.max(1, values.length);
    },
    finish: () => (count === 0 ? null : { mse: squares / count, bias: sum / count, maxAbs }),
  };
}
