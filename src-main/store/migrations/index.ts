import { firstLight } from './0001-first-light.ts';
import { evidence } from './0002-evidence.ts';

/** One step of the schema. Never changed once it has been released: a new step follows instead. */
export interface Migration {
  /** The `user_version` after it; versions count up by one. */
  version: number;
  sql: string;
}

export const MIGRATIONS: readonly Migration[] = [firstLight, evidence];
