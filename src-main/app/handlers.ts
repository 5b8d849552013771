import { CalibrantError } from '../contract/errors.ts';
import { doctorOf, startDoctor } from './calibration.ts';
import { tellChanged, type Context } from './context.ts';
import { addDataset, indexOf } from './datasets.ts';
import { runChannels, runImage, runRanges, runTensor, runWeight } from './inspect-run.ts';
import { addModel, modelPath } from './models.ts';
import { openSample, projectOf } from './projects.ts';
import type { Handlers } from './router.ts';
import { runFile } from './report/run-file.ts';
import { runRow, runRows } from './run-rows.ts';
import { latestStatistics, runDetail } from './runs.ts';
import { VERSIONS } from './versions.ts';
import { startCheck, startRun } from './work.ts';

/** The use cases behind the contract, by the groups of its names. */
export function handlersOf(context: Context): Handlers {
  return { ...host(context), ...projects(context), ...data(context), ...runs(context), ...calibration(context), ...jobs(context) };
}

type Group<Prefix extends string> = Pick<Handlers, Extract<keyof Handlers, `${Prefix}.${string}`>>;

function host({ options, store, damaged }: Context): Group<'host'> {
  const cannot = (what: string): never => {
    throw new CalibrantError('host-cannot', `This window cannot ${what}: it runs in the ${options.host} host.`);
  };
  return {
    'host.describe': () => ({ host: options.host, picks: options.picks, home: store.home.folder, damaged: [...damaged], ...VERSIONS }),
    'host.pick': ({ what }) => options.pick?.(what) ?? cannot('open a native dialog'),
    'host.browse': ({ path, what }) => options.browse?.(path, what) ?? cannot('list folders'),
  };
}

function projects(context: Context): Group<'projects'> {
  const { store } = context;
  const changed = (projectId: string): null => {
    tellChanged(context, projectId);
    return null;
  };
  return {
    'projects.list': () => store.projects.list(),
    'projects.create': ({ name }) => {
      const { id } = store.projects.create(name);
      changed(id);
      return projectOf(context, id);
    },
    'projects.openSample': async () => {
      const project = await openSample(context);
      changed(project.id);
      return project;
    },
    'projects.get': ({ projectId }) => projectOf(context, projectId),
    'projects.rename': ({ projectId, name }) => {
      store.projects.rename(projectId, name);
      changed(projectId);
      return projectOf(context, projectId);
    },
    'projects.remove': ({ projectId }) => {
      store.projects.remove(projectId);
      return changed(projectId);
    },
    'projects.saveCriteria': ({ projectId, criteria }) => {
      store.projects.saveCriteria(projectId, criteria);
      changed(projectId);
      // Each row says whether it meets them.
      tellChanged(context, projectId, 'runs');
      return projectOf(context, projectId);
    },
    'projects.pinBaseline': ({ projectId, runId }) => {
      store.projects.pinBaseline(projectId, runId);
      changed(projectId);
      return projectOf(context, projectId);
    },
    'projects.restore': ({ projectId }) => {
      store.projects.restore(projectId);
      return changed(projectId);
    },
  };
}

function data(context: Context): Group<'models'> & Group<'datasets'> & Group<'recipes'> {
  const { store, service, options } = context;
  return {
    'models.add': async ({ projectId, path }) => {
      const record = await addModel(context, projectId, await options.paths.check(path));
      tellChanged(context, projectId);
      return record;
    },
    'datasets.add': async ({ projectId, path }) => {
      const record = await addDataset(context, projectId, await options.paths.check(path));
      tellChanged(context, projectId);
      return record;
    },
    'datasets.items': async ({ datasetId, offset, limit }) => {
      const { items } = await indexOf(context, datasetId);
      return { total: items.length, items: items.slice(offset, offset + limit) };
    },
    'datasets.thumbnail': ({ datasetId, index, size }) => service.ask('thumbnail', { path: store.datasets.get(datasetId).path, index, size }),
    'datasets.preview': ({ datasetId, index, preprocess }) => service.ask('previewTensor', { path: store.datasets.get(datasetId).path, index, preprocess }),
    'datasets.savePreprocess': ({ datasetId, preprocess }) => {
      const record = store.datasets.savePreprocess(datasetId, preprocess);
      tellChanged(context, record.projectId);
      return record;
    },
    'datasets.saveTask': ({ datasetId, task }) => {
      const record = store.datasets.saveTask(datasetId, task);
      tellChanged(context, record.projectId);
      return record;
    },
    'datasets.check': ({ projectId, stated }) => startCheck(context, projectId, stated),
    'recipes.save': ({ projectId, recipe }) => {
      store.recipes.save(projectId, recipe);
      tellChanged(context, projectId);
      return projectOf(context, projectId);
    },
    'recipes.plan': async ({ projectId, recipe }) => {
      const model = store.models.current(projectId);
      if (!model) throw new CalibrantError('not-found', 'This project has no model yet: add one on the Model screen.');
      const statistics = latestStatistics(store, projectId, model.id);
      return await service.ask('plan', { model: await modelPath(context, model.id), recipe, ...(statistics === null ? {} : { statistics }) });
    },
  };
}

function runs(context: Context): Group<'runs'> {
  const { store } = context;
  return {
    'runs.start': ({ projectId, recipe, name, from }) => startRun(context, projectId, recipe, name, from),
    'runs.list': ({ projectId }) => runRows(store, projectId),
    'runs.get': ({ runId }) => runDetail(store, runId),
    'runs.ranges': (input) => runRanges(context, input),
    'runs.weight': (input) => runWeight(context, input),
    'runs.channels': (input) => runChannels(context, input),
    'runs.image': (input) => runImage(context, input),
    'runs.tensor': (input) => runTensor(context, input),
    'runs.annotate': ({ runId, tags, note }) => {
      tellChanged(context, store.runs.annotate(runId, { tags, note }).projectId, 'runs');
      return runRow(store, runId);
    },
    'runs.rename': ({ runId, name }) => {
      tellChanged(context, store.runs.rename(runId, name).projectId, 'runs');
      return runRow(store, runId);
    },
    'runs.remove': ({ runId }) => {
      const { projectId, jobId } = store.runs.get(runId);
      if (jobId) context.queue.cancel(jobId);
      store.runs.remove(runId);
      tellChanged(context, projectId, 'runs');
      return null;
    },
    'runs.restore': ({ runId }) => {
      tellChanged(context, store.runs.restore(runId).projectId, 'runs');
      return null;
    },
    'runs.file': ({ runId, what }) => runFile(context, runId, what),
  };
}

function calibration(context: Context): Group<'calibration'> {
  return {
    'calibration.start': ({ projectId, recipe, accuracy }) => startDoctor(context, projectId, recipe, accuracy),
    'calibration.get': ({ projectId }) => doctorOf(context, projectId),
  };
}

function jobs({ store, queue }: Context): Group<'jobs'> {
  return {
    'jobs.list': () => queue.snapshot(),
    'jobs.cancel': ({ jobId }) => {
      queue.cancel(jobId);
      return null;
    },
    'jobs.log': ({ jobId }) => store.jobs.logOf(jobId),
  };
}
