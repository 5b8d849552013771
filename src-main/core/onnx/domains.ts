/** Domains whose operators Calibrant knows: '' is ai.onnx; ai.onnx.ml and com.microsoft are part of ONNX Runtime. */
const KNOWN = new Set(['', 'ai.onnx.ml', 'com.microsoft']);

export function isKnownDomain(domain: string): boolean {
  return KNOWN.has(domain);
}
