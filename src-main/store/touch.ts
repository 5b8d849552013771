import { now } from './columns.ts';
import type { Connection } from './connection.ts';

/** Every change of something in a project is a change of the project. */
export function touchProject(connection: Connection, projectId: string): void {
  connection.run('UPDATE project SET changed_at = ? WHERE id = ?', now(), projectId);
}
