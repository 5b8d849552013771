import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { NodeRow } from '../../src-main/contract/model.ts';
import type { Preprocess } from '../../src-main/contract/preprocess.ts';
import type { Project } from '../../src-main/contract/projects.ts';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import type { Task } from '../../src-main/contract/task.ts';
import { toErrorData, type ErrorData } from '../../src-main/contract/errors.ts';
import { useSession } from './session.ts';

/** The open project: its model, its data, its recipe and the gate. */
export const useProject = defineStore('project', () => {
  const session = useSession();
  const current = shallowRef<Project | null>(null);
  const error = shallowRef<ErrorData | null>(null);
  /** The one in the address, also when it cannot be opened (yet): a removed one may come back. */
  let wanted: string | null = null;
  /** What is being brought in right now, for the screens' progress. */
  const adding = ref<'model' | 'data' | null>(null);

  const model = computed(() => current.value?.model ?? null);
  const dataset = computed(() => current.value?.dataset ?? null);
  const gate = computed(() => current.value?.gate ?? null);
  const nodes = computed<NodeRow[]>(() => model.value?.report.nodes ?? []);
  const nodeByName = computed(() => new Map(nodes.value.map((node) => [node.name, node])));
  /** Tensor → the node that makes it; graph inputs and weights have none. */
  const producers = computed(() => new Map(nodes.value.flatMap((node) => node.outputs.map((tensor) => [tensor, node] as const))));
  /** Tensor → the nodes that read it. */
  const consumers = computed(() => {
    const readers = new Map<string, NodeRow[]>();
    for (const node of nodes.value) {
      for (const tensor of new Set(node.inputs)) {
        const list = readers.get(tensor);
        if (list) list.push(node);
        else readers.set(tensor, [node]);
      }
    }
    return readers;
  });

  /** Shows a project; the one before stays visible until the answer is there unless it is another. */
  async function open(projectId: string): Promise<void> {
    wanted = projectId;
    if (current.value?.id !== projectId) current.value = null;
    try {
      const project = await session.call('projects.get', { projectId });
      if (wanted !== projectId) return;
      current.value = project;
      error.value = null;
    } catch (thrown) {
      if (wanted === projectId) error.value = toErrorData(thrown);
    }
  }

  function close(): void {
    wanted = null;
    current.value = null;
    error.value = null;
  }

  function id(): string {
    if (!current.value) throw new Error('no project is open');
    return current.value.id;
  }

  /** Reads a model file into the project. Rejects with the host's error. */
  async function addModel(path: string): Promise<void> {
    await bring('model', () => session.call('models.add', { projectId: id(), path }));
  }

  async function addDataset(path: string): Promise<void> {
    await bring('data', () => session.call('datasets.add', { projectId: id(), path }));
  }

  async function bring(what: 'model' | 'data', work: () => Promise<unknown>): Promise<void> {
    adding.value = what;
    try {
      await work();
      await open(id());
    } finally {
      adding.value = null;
    }
  }

  async function savePreprocess(preprocess: Preprocess): Promise<void> {
    if (!dataset.value) return;
    await session.call('datasets.savePreprocess', { datasetId: dataset.value.id, preprocess });
    await open(id());
  }

  async function saveTask(task: Task | null): Promise<void> {
    if (!dataset.value) return;
    await session.call('datasets.saveTask', { datasetId: dataset.value.id, task });
    await open(id());
  }

  /** Starts the gate: the float model on the data. `stated`: accuracy that it should have, percent; missing: as it was. */
  async function check(stated?: number | null): Promise<void> {
    await session.call('datasets.check', { projectId: id(), ...(stated === undefined ? {} : { stated }) });
    await open(id());
  }

  async function saveRecipe(recipe: Recipe): Promise<void> {
    current.value = await session.call('recipes.save', { projectId: id(), recipe });
  }

  /** What a command answered about this project. */
  function take(project: Project): void {
    if (wanted === project.id) current.value = project;
  }

  async function rename(name: string): Promise<void> {
    current.value = await session.call('projects.rename', { projectId: id(), name });
  }

  function listen(): void {
    session.on('changed', (change) => {
      if (wanted !== null && change.projectId === wanted && change.what === 'project') void open(wanted);
    });
  }

  return {
    current, error, adding, model, dataset, gate, nodes, nodeByName, producers, consumers,
    open, close, addModel, addDataset, savePreprocess, saveTask, check, saveRecipe, take, rename, listen,
  }; // prettier-ignore
});
