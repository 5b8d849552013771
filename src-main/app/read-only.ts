import type { ProjectCard, RunRow } from '../contract/projects.ts';
import { openReadOnly } from '../store/store.ts';

/** The projects of a data folder, also while an application has it open. Empty when nothing was ever stored there. */
export async function listProjects(home: string): Promise<ProjectCard[]> {
  const store = await openReadOnly(home);
  try {
    return store?.projects.list() ?? [];
  } finally {
    store?.close();
  }
}

/** One project and its runs; null when there is none of that id. */
export async function showProject(home: string, id: string): Promise<{ project: ProjectCard; runs: RunRow[] } | null> {
  const store = await openReadOnly(home);
  try {
    const project = store?.projects.list().find((card) => card.id === id);
    return store && project ? { project, runs: store.runs.list(id) } : null;
  } finally {
    store?.close();
  }
}
