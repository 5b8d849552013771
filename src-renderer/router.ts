import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router';

/** The screens of a project, in the order of the work; the rail and the "go to" keys follow this list. */
export const SCREENS = [
  { name: 'model', title: 'Model', icon: 'model', key: 'm' },
  { name: 'data', title: 'Data', icon: 'data', key: 'd' },
  { name: 'recipe', title: 'Recipe', icon: 'recipe', key: 'r' },
  { name: 'runs', title: 'Runs', icon: 'runs', key: 'u' },
  { name: 'evidence', title: 'Evidence', icon: 'evidence', key: 'e' },
] as const;

export type ScreenName = (typeof SCREENS)[number]['name'] | 'projects' | 'run';

declare module 'vue-router' {
  interface RouteMeta {
    title?: string;
    /** Nodes and tensors can be selected here, so the inspector keeps its place even while it is empty. */
    selects?: boolean;
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'projects', component: () => import('./views/projects/ProjectsView.vue'), meta: { title: 'Projects' } },
  { path: '/p/:projectId/model', name: 'model', component: () => import('./views/model/ModelView.vue'), meta: { title: 'Model', selects: true } },
  { path: '/p/:projectId/data', name: 'data', component: () => import('./views/data/DataView.vue'), meta: { title: 'Data' } },
  { path: '/p/:projectId/recipe', name: 'recipe', component: () => import('./views/recipe/RecipeView.vue'), meta: { title: 'Recipe', selects: true } },
  { path: '/p/:projectId/runs', name: 'runs', component: () => import('./views/runs/RunsView.vue'), meta: { title: 'Runs' } },
  { path: '/p/:projectId/run/:runId', name: 'run', component: () => import('./views/run/RunView.vue'), meta: { title: 'Run' } },
  {
    path: '/p/:projectId/evidence/:runId?',
    name: 'evidence',
    component: () => import('./views/evidence/EvidenceView.vue'),
    meta: { title: 'Evidence', selects: true },
  },
  { path: '/:rest(.*)*', redirect: { name: 'projects' } },
];

/**
 * Hash history: the host serves one page, and a report can link to a place in it. Views of one run get it from `route.params.runId`; without one,
 * Evidence shows `runs.current`.
 */
export function createAppRouter() {
  return createRouter({ history: createWebHashHistory(), routes });
}
