import { useRouter } from 'vue-router';
import { useNotices } from '../stores/notices.ts';
import { useOverlays } from '../stores/overlays.ts';
import { useProject } from '../stores/project.ts';
import { useProjects } from '../stores/projects.ts';

/** Bringing things in: the same few actions behind buttons, the palette and drag and drop. Failures become notices. */
export function useOpening() {
  const router = useRouter();
  const notices = useNotices();
  const overlays = useOverlays();
  const project = useProject();
  const projects = useProjects();

  function show(screen: 'model' | 'data', projectId = project.current?.id): unknown {
    return projectId ? router.push({ name: screen, params: { projectId } }) : router.push({ name: 'projects' });
  }

  async function openSample(): Promise<void> {
    await notices.attempt(async () => show('model', (await projects.openSample()).id));
  }

  async function create(name: string): Promise<void> {
    await notices.attempt(async () => show('model', (await projects.create(name)).id));
  }

  /** Into the open project; without one, into a new one that is named after the file. */
  async function addModel(path: string): Promise<void> {
    if (!project.current) {
      const made = await projects.create(nameOf(path));
      await project.open(made.id);
      await show('model', made.id);
    }
    await project.addModel(path);
    await show('model');
  }

  async function addData(path: string): Promise<void> {
    await project.addDataset(path);
    await show('data');
  }

  async function chooseModel(): Promise<void> {
    await notices.attempt(async () => {
      const path = await overlays.pick('model');
      if (path) await addModel(path);
    });
  }

  async function chooseData(): Promise<void> {
    await notices.attempt(async () => {
      const path = await overlays.pick('data');
      if (path) await addData(path);
    });
  }

  return { openSample, create, addModel, addData, chooseModel, chooseData };
}

/** "C:\models\net.onnx" → "net". */
export function nameOf(path: string): string {
  const file = path.split(/[\\/]/).pop() ?? path;
  return file.replace(/\.onnx$/i, '') || 'Model';
}
