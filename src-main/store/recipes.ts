import * as v from 'valibot';
import { DEFAULT_RECIPE, RecipeSchema, type Recipe } from '../contract/recipe.ts';
import { jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { touchProject } from './touch.ts';

const RowSchema = v.object({ recipe: jsonColumn(RecipeSchema) });

/** The recipe that a project's next run will use. Each run keeps its own copy. */
export interface Recipes {
  /** The default recipe until one was saved. */
  current(projectId: string): Recipe;
  save(projectId: string, recipe: Recipe): void;
}

export function recipesIn(connection: Connection): Recipes {
  return {
    current: (projectId) =>
      connection.one('recipe', RowSchema, 'SELECT project_id AS id, recipe_json AS recipe FROM recipe WHERE project_id = ?', projectId)?.recipe ??
      DEFAULT_RECIPE,
    save: (projectId, recipe) =>
      connection.transaction(() => {
        connection.run(
          `INSERT INTO recipe (project_id, recipe_json, saved_at) VALUES (?, ?, ?)
           ON CONFLICT (project_id) DO UPDATE SET recipe_json = excluded.recipe_json, saved_at = excluded.saved_at`,
          projectId,
          toJson(recipe),
          now(),
        );
        touchProject(connection, projectId);
      }),
  };
}
