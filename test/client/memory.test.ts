import { expect, it } from 'vitest';
import { createMemoryClient } from '../../src-renderer/client/memory.ts';
import { createFakeApp } from '../fakes/app.ts';
import { describeTransport } from './conformance.ts';

describeTransport('memory', (app) => {
  const client = createMemoryClient(app, { checkAnswers: true });
  return Promise.resolve({ client, close: client.close });
});

it('says so when the host breaks the contract', async () => {
  const app = createFakeApp();
  app.dispatch = () => Promise.resolve({ ok: true, value: [{ id: 1 }] });
  await expect(createMemoryClient(app, { checkAnswers: true }).call('projects.list', {})).rejects.toMatchObject({ code: 'internal' });
});
