import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { useSession } from './session.ts';

type Pick = 'model' | 'data';

/** What lies over the screens: the palette, the list of keys, a job's log and the path browser. At most one is open. */
export const useOverlays = defineStore('overlays', () => {
  const session = useSession();
  const open = ref<'palette' | 'keys' | 'log' | 'path' | 'new-project' | null>(null);
  const logOf = ref<string | null>(null);
  const asked = ref<Pick>('model');
  const answer = shallowRef<((path: string | null) => void) | null>(null);

  function show(what: 'palette' | 'keys' | 'new-project'): void {
    open.value = open.value === what ? null : what;
  }

  function showLog(jobId: string): void {
    logOf.value = jobId;
    open.value = 'log';
  }

  /** Asks for a path: by the system's dialog where the host has one, else in our own browser. null when dismissed. */
  function pick(what: Pick): Promise<string | null> {
    if (session.host?.picks === 'dialog') return session.call('host.pick', { what });
    asked.value = what;
    open.value = 'path';
    return new Promise((resolve) => (answer.value = resolve));
  }

  function answered(path: string | null): void {
    if (open.value === 'path') open.value = null;
    answer.value?.(path);
    answer.value = null;
  }

  return { open, logOf, asked, show, showLog, pick, answered };
});
