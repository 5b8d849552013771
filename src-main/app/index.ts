/** The door that hosts import. */
export { createApp } from './app.ts';
export type { App, AppOptions, PathPolicy } from './types.ts';
export { runOnce, askOnce } from './one-shot.ts';
export { runSample, type SampleOutcome } from './sample.ts';
export { openRunReport, type RunReport } from './report/of-home.ts';
export { findRuns, listProjects, listRuns, showProject, type ProjectRuns } from './read-only.ts';
export { VERSIONS } from './versions.ts';
export { cleanEnvironment, forkRunner } from '../jobs/fork.ts';
export { defaultHome, statisticsFolder } from '../store/home.ts';
