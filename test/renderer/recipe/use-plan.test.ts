import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, shallowRef, type EffectScope } from 'vue';
import type { Answer, Endpoint } from '../../../src-main/contract/transport.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import type { PlanPreview } from '../../../src-main/contract/results.ts';
import { createMemoryClient } from '../../../src-renderer/client/memory.ts';
import { useSession } from '../../../src-renderer/stores/session.ts';
import { usePlan } from '../../../src-renderer/views/recipe/use-plan.ts';

/** A host that takes a while for a plan, whose estimated size is the recipe's number of images, and notes how many it is working on at a time. */
class SlowHost implements Endpoint {
  asked = 0;
  atOnce = 0;
  most = 0;

  async dispatch(call: string, input: unknown): Promise<Answer> {
    if (call !== 'recipes.plan') return { ok: false, error: { code: 'not-found', message: 'Only plans here.', details: {} } };
    this.asked += 1;
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    await new Promise((resolve) => setTimeout(resolve, 120));
    this.atOnce -= 1;
    const { samples } = (input as { recipe: Recipe }).recipe;
    if (samples === 13) return { ok: false, error: { code: 'recipe-invalid', message: 'Not 13.', details: {} } };
    const value: PlanPreview = { predicted: null, nodes: { integer: 1, float: 0 }, placements: [], sizeBytes: { float: 1, estimated: samples }, warnings: [] };
    return { ok: true, value };
  }

  subscribe(): () => void {
    return () => undefined;
  }
}

describe('the plan of a recipe that keeps changing', () => {
  let scope: EffectScope;
  let host: SlowHost;
  const recipe = shallowRef(DEFAULT_RECIPE);
  const askable = shallowRef(true);
  let live: ReturnType<typeof usePlan>;

  beforeEach(async () => {
    vi.useFakeTimers();
    setActivePinia(createPinia());
    host = new SlowHost();
    await useSession().start(Promise.resolve(createMemoryClient(host)));
    recipe.value = { ...DEFAULT_RECIPE, samples: 1 };
    askable.value = true;
    scope = effectScope();
    live = scope.run(() => usePlan(() => 'p', recipe, () => askable.value)) as ReturnType<typeof usePlan>; // prettier-ignore
    await vi.advanceTimersByTimeAsync(200);
  });
  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
  });

  it('is answered at once for the first time', () => expect(live.plan.value?.sizeBytes.estimated).toBe(1));

  it('follows a slider while it moves, one question at a time, and ends with the last answer', async () => {
    const seen = new Set<number>();
    for (let samples = 100; samples < 160; samples += 1) {
      recipe.value = { ...recipe.value, samples };
      await vi.advanceTimersByTimeAsync(16);
      seen.add(live.plan.value?.sizeBytes.estimated ?? -1);
    }
    expect(seen.size).toBeGreaterThan(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.plan.value?.sizeBytes.estimated).toBe(159);
    expect(live.late.value).toBe(false);
    expect(host.most).toBe(1);
    expect(host.asked).toBeLessThan(10);
  });

  it('keeps the last plan, as old, for a recipe that cannot be had, and asks for none', async () => {
    askable.value = false;
    recipe.value = { ...recipe.value, samples: 2 };
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.plan.value?.sizeBytes.estimated).toBe(1);
    expect(live.late.value).toBe(true);
    expect(host.asked).toBe(1);
    askable.value = true;
    recipe.value = { ...recipe.value, samples: 3 };
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.plan.value?.sizeBytes.estimated).toBe(3);
    expect(live.late.value).toBe(false);
  });

  it('shows the host’s reason until the recipe is another', async () => {
    recipe.value = { ...recipe.value, samples: 13 };
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.error.value?.message).toBe('Not 13.');
    recipe.value = { ...recipe.value, samples: 14 };
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.error.value).toBeNull();
    expect(live.plan.value?.sizeBytes.estimated).toBe(14);
  });
});
