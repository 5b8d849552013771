import type BetterSqlite from 'better-sqlite3';
import * as v from 'valibot';
import { CalibrantError } from '../contract/errors.ts';
import { describeIssue } from './columns.ts';
import { sqliteError } from './sqlite.ts';

export type Value = string | number | null;
type Row = Record<string, unknown>;

/** SQLite behind four verbs: statements are prepared once, failures come out as CalibrantError, rows are checked as they are read. */
export class Connection {
  /** A sign of damage was seen; the next start looks at the whole file. */
  damaged = false;
  readonly #database: BetterSqlite.Database;
  readonly #onFull: () => void;
  readonly #onDamaged: (error: CalibrantError) => void;
  readonly #statements = new Map<string, BetterSqlite.Statement<Value[], Row>>();
  readonly #told = new Set<string>();

  constructor(database: BetterSqlite.Database, onFull: () => void, onDamaged: (error: CalibrantError) => void) {
    this.#database = database;
    this.#onFull = onFull;
    this.#onDamaged = onDamaged;
  }

  /** Returns the number of rows changed. */
  run(sql: string, ...values: Value[]): number {
    return this.#guard(() => this.#prepare(sql).run(...values).changes);
  }

  /** The first row, or null. Throws `store-corrupt` when it does not fit the schema. `what` names the thing in errors: "run". */
  one<T>(what: string, schema: v.GenericSchema<unknown, T>, sql: string, ...values: Value[]): T | null {
    const row = this.#guard(() => this.#prepare(sql).get(...values));
    return row === undefined ? null : this.#read(what, schema, row);
  }

  /** Like `one`, for something that must be there. Throws `not-found`. */
  need<T>(what: string, schema: v.GenericSchema<unknown, T>, sql: string, ...values: Value[]): T {
    const found = this.one(what, schema, sql, ...values);
    if (found === null)
      throw new CalibrantError('not-found', `There is no such ${what} (any more); go back to the list and choose another.`, { what, key: values.join(' ') });
    return found;
  }

  /** A row that does not fit the schema is left out and told to `onDamaged`: one bad row must not hide the others. */
  all<T>(what: string, schema: v.GenericSchema<unknown, T>, sql: string, ...values: Value[]): T[] {
    const rows = this.#guard(() => this.#prepare(sql).all(...values));
    return rows.flatMap((row) => {
      try {
        return [this.#read(what, schema, row)];
      } catch (error) {
        const key = `${what} ${String(row.id)}`;
        if (error instanceof CalibrantError && !this.#told.has(key)) this.#onDamaged(error);
        this.#told.add(key);
        return [];
      }
    });
  }

  transaction<T>(action: () => T): T {
    if (this.#database.inTransaction) return action();
    return this.#guard(() => this.#database.transaction(action).immediate());
  }

  close(): void {
    if (!this.#database.open) return;
    try {
      if (!this.#database.readonly) this.#database.pragma('optimize');
    } catch {
      // Only makes later queries faster; a full or damaged disk is told by those who need it.
    }
    this.#database.close();
  }

  #prepare(sql: string): BetterSqlite.Statement<Value[], Row> {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare<Value[], Row>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #read<T>(what: string, schema: v.GenericSchema<unknown, T>, row: Row): T {
    const parsed = v.safeParse(schema, row);
    if (parsed.success) return parsed.output;
    const id = String(row.id ?? '');
    const where = describeIssue(parsed.issues[0]);
    throw new CalibrantError('store-corrupt', `The ${what} ${id} in the project database cannot be read (${where}); everything else is still usable.`, {
      what,
      id,
    });
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      const coded = sqliteError(error, this.#database.name);
      if (coded.code === 'disk-full') this.#onFull();
      if (coded.code === 'store-corrupt') this.damaged = true;
      throw coded;
    }
  }
}
