import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { DoctorRecord } from '../../../src-main/contract/projects.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { isActive, useJobs } from '../../stores/jobs.ts';
import { useNotices } from '../../stores/notices.ts';
import { useSession } from '../../stores/session.ts';

/** The last look at a project's calibration images, the one under way, and how to start another. */
export function useCalibration(projectId: () => string) {
  const session = useSession();
  const jobs = useJobs();
  const notices = useNotices();
  const record = shallowRef<DoctorRecord | null>(null);
  const loaded = ref(false);
  const error = shallowRef<ErrorData | null>(null);

  /** Newest first. */
  const looks = computed(() => jobs.all.filter((job) => job.kind === 'doctor' && job.projectId === projectId()));
  const job = computed(() => looks.value.find(isActive) ?? null);
  /** Why the newest look gave nothing, unless it was stopped on purpose. */
  const failure = computed(() => {
    const [newest] = looks.value;
    return newest && (newest.state === 'failed' || newest.state === 'interrupted') ? newest.error : null;
  });

  async function load(): Promise<void> {
    const wanted = projectId();
    try {
      const answer = await session.call('calibration.get', { projectId: wanted });
      if (wanted !== projectId()) return;
      record.value = answer;
      error.value = null;
    } catch (thrown) {
      error.value = toErrorData(thrown);
    }
    loaded.value = true;
  }

  function start(recipe: Recipe, accuracy: boolean): Promise<boolean> {
    return notices.attempt(async () => jobs.take(await session.call('calibration.start', { projectId: projectId(), recipe, accuracy })));
  }

  function cancel(): void {
    const id = job.value?.id;
    if (id) void notices.attempt(() => jobs.cancel(id));
  }

  watch(projectId, () => {
    record.value = null;
    loaded.value = false;
    void load();
  }, { immediate: true }); // prettier-ignore
  // A look that ended, and whatever it rests on: model, data, preprocessing, recipe.
  onScopeDispose(session.on('changed', (change) => void (change.projectId === projectId() && change.what === 'project' && load())));

  return { record, loaded, error, job, failure, load, start, cancel };
}
