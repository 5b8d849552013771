import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { Project, ProjectCard } from '../../src-main/contract/projects.ts';
import { toErrorData, type ErrorData } from '../../src-main/contract/errors.ts';
import { useNotices } from './notices.ts';
import { useSession } from './session.ts';

/** The cards of the Projects screen. */
export const useProjects = defineStore('projects', () => {
  const session = useSession();
  const notices = useNotices();
  const cards = shallowRef<ProjectCard[]>([]);
  const loaded = ref(false);
  const error = shallowRef<ErrorData | null>(null);

  async function load(): Promise<void> {
    try {
      cards.value = await session.call('projects.list', {});
      error.value = null;
    } catch (thrown) {
      error.value = toErrorData(thrown);
    }
    loaded.value = true;
  }

  function create(name: string): Promise<Project> {
    return session.call('projects.create', { name });
  }

  function openSample(): Promise<Project> {
    return session.call('projects.openSample', {});
  }

  async function rename(projectId: string, name: string): Promise<void> {
    await session.call('projects.rename', { projectId, name });
    await load();
  }

  /** Into the trash, with a notice that brings it back. */
  async function remove(card: Pick<ProjectCard, 'id' | 'name'>): Promise<void> {
    await session.call('projects.remove', { projectId: card.id });
    // Before the card disappears: who then presses Ctrl-Z at once means this one.
    notices.show({
      level: 'info',
      text: `Removed the project “${card.name}”.`,
      undo: true,
      action: {
        label: 'Undo',
        run: async () => {
          await session.call('projects.restore', { projectId: card.id });
          await load();
        },
      },
    });
    await load();
  }

  /** From the start of the window to its end. */
  function listen(): void {
    session.on('changed', (change) => {
      if (change.what === 'projects' && loaded.value) void load();
    });
  }

  return { cards, loaded, error, load, create, openSample, rename, remove, listen };
});
