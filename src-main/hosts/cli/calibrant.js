#!/usr/bin/env node
// Plain JavaScript, so that a Node that cannot read the TypeScript behind it still gets to say so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  await import('./main.ts');
} else {
  console.error(
    `calibrant: This is Node ${process.versions.node}, and Calibrant needs 22.18 or newer; from a checkout use "npm run -s calibrant --", which brings its own.`,
  );
  process.exitCode = 1;
}
