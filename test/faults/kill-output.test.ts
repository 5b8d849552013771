import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import { checkOutput } from '../../src-main/runner/output-file.ts';
import { openSession } from '../../src-main/runner/session.ts';
import { temporaryFolder } from '../fixtures/images.ts';

const ROUNDS = 12;
const writer = join(import.meta.dirname, 'children', 'write-models.ts');

test(
  `kill -9 of a process that replaces a model and its weights, ${ROUNDS} rounds: one whole pair is there, and the next output sweeps the rest`,
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out.onnx');
    const left = new Set<number>();
    for (let round = 0; round < ROUNDS; round++) {
      await writeAndKill(out, 1 + ((round * 7) % 12));
      left.add(readdirSync(folder).length);
      await (await openSession(out, 'the output')).close();
      const { external } = await readModelFile(out);
      // Its name is made of its content: weights of another pair would not fit it.
      expect(external).toMatchObject([{ name: `out.onnx.${external[0]?.sha256.slice(0, 12)}.data` }]);
      await checkOutput(out, []);
      expect(readdirSync(folder).sort()).toEqual(['out.onnx', external[0]?.name]);
    }
    // The kills did hit: there was something to sweep in some round.
    expect(Math.max(...left)).toBeGreaterThan(2);
  },
);

/** Kills it a moment after its first output. */
async function writeAndKill(path: string, milliseconds: number): Promise<void> {
  const child = spawn(process.execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await new Promise((done) => setTimeout(done, milliseconds));
  child.kill('SIGKILL');
  await once(child, 'exit');
}
