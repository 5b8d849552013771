/** To the nearest whole number, halves to the even one, as IEEE 754, NumPy and ONNX do. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
