import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

function versionOf(manifest: unknown): string {
  return manifest !== null && typeof manifest === 'object' && 'version' in manifest ? String(manifest.version) : 'unknown';
}

/** Calibrant's own version and ONNX Runtime's, without loading it. */
export const VERSIONS = {
  version: versionOf(require('../../package.json')),
  onnxruntime: versionOf(require('onnxruntime-node/package.json')),
};
