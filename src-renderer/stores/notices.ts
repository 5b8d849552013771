import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { toErrorData, type ErrorData } from '../../src-main/contract/errors.ts';
import { useSession } from './session.ts';

export interface Notice {
  id: number;
  level: 'info' | 'ok' | 'bad';
  text: string;
  error?: ErrorData;
  action?: { label: string; run: () => void | Promise<void> };
  /** An undo is also what Ctrl-Z runs. */
  undo?: boolean;
}

const UNDO_STEPS = 50;

/** Short messages at the edge of the window: what ended, what can be undone, what failed outside of any screen. */
export const useNotices = defineStore('notices', () => {
  const list = ref<Notice[]>([]);
  /** What can be undone outlives the notice that said so: Ctrl-Z goes back step by step. */
  const undos = shallowRef<readonly Notice[]>([]);
  let last = 0;

  function show(notice: Omit<Notice, 'id'>): number {
    last += 1;
    const shown = { ...notice, id: last };
    list.value = [...list.value.slice(-3), shown];
    if (notice.undo) undos.value = [...undos.value.slice(1 - UNDO_STEPS), shown];
    return last;
  }

  function dismiss(id: number): void {
    list.value = list.value.filter((notice) => notice.id !== id);
  }

  /** Runs the notice's action and takes it away; a failing action becomes a notice itself. */
  async function act(id: number): Promise<void> {
    const notice = list.value.find((one) => one.id === id) ?? undos.value.find((one) => one.id === id);
    dismiss(id);
    undos.value = undos.value.filter((one) => one.id !== id);
    await attempt(async () => notice?.action?.run());
  }

  /** For actions without a screen of their own: a failure is shown, in the host's words. True when it went well. */
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown) {
      const error = toErrorData(thrown);
      show({ level: 'bad', text: error.message, error });
      return false;
    }
  }

  /** Rows of the data folder that cannot be read: one notice each, so that nothing is missing silently. */
  function listen(): void {
    const session = useSession();
    const damaged = (error: ErrorData): void => void show({ level: 'bad', text: error.message, error });
    session.host?.damaged.forEach(damaged);
    session.on('damaged', damaged);
  }

  const undoable = computed(() => undos.value.at(-1));
  return { list, undoable, show, dismiss, act, attempt, listen };
});
