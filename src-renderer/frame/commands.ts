import { computed } from 'vue';
import { useRouter } from 'vue-router';
import { date } from '../components/format.ts';
import type { PaletteItem } from '../components/palette.ts';
import { SCREENS } from '../router.ts';
import { useNotices } from '../stores/notices.ts';
import { useOverlays } from '../stores/overlays.ts';
import { usePreferences } from '../stores/preferences.ts';
import { useProject } from '../stores/project.ts';
import { useProjects } from '../stores/projects.ts';
import { useRuns } from '../stores/runs.ts';
import { useSelection } from '../stores/selection.ts';
import { useOpening } from './opening.ts';

/** Everything that the palette can find: commands first, then runs and projects, then the model's nodes and tensors. */
export function usePaletteItems() {
  const router = useRouter();
  const project = useProject();
  const projects = useProjects();
  const runs = useRuns();
  const notices = useNotices();
  const overlays = useOverlays();
  const preferences = usePreferences();
  const selection = useSelection();
  const opening = useOpening();

  const commands = computed<PaletteItem[]>(() => {
    const open = project.current;
    const go = open
      ? SCREENS.map((screen) =>
          command(
            `Go to ${screen.title}`,
            () => router.push({ name: screen.name, params: { projectId: open.id }, query: router.currentRoute.value.query }),
            `G ${screen.key.toUpperCase()}`,
          ),
        )
      : [];
    const work = open
      ? [
          command('Choose a model…', () => opening.chooseModel()),
          command('Choose an image folder…', () => opening.chooseData()),
          ...(open.model && open.dataset ? [command('Check the float model on the data', () => notices.attempt(() => project.check()))] : []),
        ]
      : [];
    const undo = notices.undoable;
    return [
      ...(undo ? [command(`Undo: ${undo.text}`, () => notices.act(undo.id), 'Ctrl Z')] : []),
      ...go,
      command('Go to Projects', () => router.push({ name: 'projects' }), 'G P'),
      ...work,
      command('New project…', () => overlays.show('new-project')),
      command('Open the sample project', () => opening.openSample()),
      command(preferences.inspector === 'shown' ? 'Hide the inspector' : 'Show the inspector', preferences.toggleInspector, 'I'),
      command('Theme: light', () => void (preferences.theme = 'light')),
      command('Theme: dark', () => void (preferences.theme = 'dark')),
      command('Theme: as the system', () => void (preferences.theme = 'system')),
      command('Density: compact', () => void (preferences.density = 'compact')),
      command('Density: regular', () => void (preferences.density = 'regular')),
      command('List the keys', () => overlays.show('keys'), '?'),
    ];
  });

  const places = computed<PaletteItem[]>(() => [
    ...runs.rows.map((row) =>
      item('run', row.id, row.name, date(row.createdAt), () =>
        router.push({ name: row.state === 'done' ? 'evidence' : 'run', params: { projectId: row.projectId, runId: row.id } }),
      ),
    ),
    ...projects.cards.map((card) =>
      item('project', card.id, card.name, card.modelName ?? '', () => router.push({ name: 'model', params: { projectId: card.id } })),
    ),
  ]);

  const graph = computed<PaletteItem[]>(() => {
    const nodes = project.nodes.map((node) => item('node', node.name, node.name, node.op, () => selection.selectNode(node.name)));
    const names = new Set(project.nodes.flatMap((node) => [...node.outputs, ...node.inputs]).filter(Boolean));
    const tensors = [...names].map((name) => item('tensor', name, name, project.producers.get(name)?.op ?? '', () => selection.selectTensor(name)));
    return [...nodes, ...tensors];
  });

  return computed(() => [...commands.value, ...places.value, ...graph.value]);
}

function command(title: string, run: () => unknown, note?: string): PaletteItem {
  return { id: `command:${title}`, kind: 'command', title, run: () => void run(), ...(note ? { note } : {}) };
}

function item(kind: string, id: string, title: string, note: string, run: () => unknown): PaletteItem {
  return { id: `${kind}:${id}`, kind, title, note, run: () => void run() };
}
