import type { Command } from 'commander';
import { defaultHome, listProjects, showProject } from '../../../app/index.ts';
import { CalibrantError } from '../../../contract/errors.ts';
import type { ProjectCard, RunRow } from '../../../contract/projects.ts';
import { bytes, counted, percent, table } from '../format.ts';
import { addJson } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  home?: string;
  json?: true;
}

/** Reads only, so that it may be asked while a window is open on the same data. */
export function addProjects(program: Command, terminal: Terminal): void {
  const projects = program.command('projects').description('the projects of the data folder, and their runs');
  const homeOf = ({ home }: Flags): string => (home === undefined ? defaultHome() : terminal.path(home));
  const withHome = (command: Command): Command => addJson(command.option('--home <folder>', 'the data folder'));

  withHome(projects.command('list', { isDefault: true }).description('all projects')).action(async (flags: Flags) => {
    const cards = await listProjects(homeOf(flags));
    terminal.result(flags.json ? JSON.stringify(cards) : projectTable(cards));
  });
  withHome(projects.command('show <id>').description('one project and its runs')).action(async (id: string, flags: Flags) => {
    const found = await showProject(homeOf(flags), id);
    if (!found) throw new CalibrantError('not-found', `There is no project "${id}"; "calibrant projects" lists them.`);
    terminal.result(flags.json ? JSON.stringify(found) : `${projectTable([found.project])}\n\n${runTable(found.runs)}`);
  });
}

function projectTable(cards: readonly ProjectCard[]): string {
  if (cards.length === 0) return 'No projects yet. "npm start" opens the window; "npm run sample" makes the sample project.';
  const rows = cards.map((card) => [card.id, card.name, card.modelName ?? '–', card.datasetName ?? '–', counted(card.runs, 'run'), card.changedAt]);
  return table([['id', 'name', 'model', 'data', 'runs', 'changed'], ...rows]);
}

function runTable(runs: readonly RunRow[]): string {
  if (runs.length === 0) return 'No runs yet.';
  const rows = runs.map((run) => [
    run.id,
    run.name,
    run.state,
    run.top1 === null ? '–' : `${percent(run.top1)} of ${counted(run.images ?? 0, 'image')}`,
    run.floatTop1 === null ? '–' : percent(run.floatTop1),
    run.bytes === null ? '–' : bytes(run.bytes),
  ]);
  return table([['run', 'name', 'state', 'top-1', 'float top-1', 'size'], ...rows]);
}
