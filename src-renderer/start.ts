import { createPinia } from 'pinia';
import { createApp } from 'vue';
import type { Client } from '../src-main/contract/transport.ts';
import App from './App.vue';
import { createAppRouter } from './router.ts';
import { useJobs } from './stores/jobs.ts';
import { useNotices } from './stores/notices.ts';
import { useProject } from './stores/project.ts';
import { useProjects } from './stores/projects.ts';
import { useRuns } from './stores/runs.ts';
import { useSession } from './stores/session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';

/** Puts the window on the page at once; the screens come to life when the connection is there. */
export function start(connection: Promise<Client>): void {
  const app = createApp(App);
  app.use(createPinia());
  app.use(createAppRouter());
  app.mount('#app');
  void listen(connection);
}

async function listen(connection: Promise<Client>): Promise<void> {
  const session = useSession();
  await session.start(connection);
  if (!session.ready) return;
  useProjects().listen();
  useProject().listen();
  useRuns().listen();
  useJobs().listen();
  useNotices().listen();
  await useJobs().load();
}
