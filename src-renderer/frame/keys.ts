import { SCREENS } from '../router.ts';

const mac = navigator.platform.startsWith('Mac');
/** How the command key is written on this machine. */
export const modifier = mac ? '⌘' : 'Ctrl\u2009';

/** Every key of the window, for the list under `?`. The handlers are in Overlays.vue and in the grids. */
export const KEYS: { group: string; keys: { press: string[]; does: string }[] }[] = [
  {
    group: 'Everywhere',
    keys: [
      { press: [`${modifier}K`], does: 'Find anything: tensors, nodes, runs, commands' },
      { press: ['?'], does: 'This list' },
      { press: ['I'], does: 'Show or hide the inspector' },
      { press: ['/'], does: 'Go to the filter of the screen' },
      { press: [`${modifier}Z`], does: 'Undo the last change' },
      { press: ['Esc'], does: 'Close what is open, else clear the selection' },
    ],
  },
  {
    group: 'Go to',
    keys: [{ press: ['G', 'P'], does: 'Projects' }, ...SCREENS.map((screen) => ({ press: ['G', screen.key.toUpperCase()], does: screen.title }))],
  },
  {
    group: 'In tables and grids',
    keys: [
      { press: ['↑', '↓'], does: 'Previous, next' },
      { press: ['PgUp', 'PgDn'], does: 'A page up, down' },
      { press: ['Home', 'End'], does: 'First, last' },
      { press: ['Enter'], does: 'Open' },
    ],
  },
  {
    group: 'In the table of runs',
    keys: [
      { press: ['Space'], does: 'Check; two checked runs can be compared' },
      { press: ['C'], does: 'Compare the two checked runs, or the run with the baseline' },
      { press: ['B'], does: 'Make it the baseline, or the float model again' },
      { press: ['T'], does: 'Tags' },
      { press: ['N'], does: 'Note' },
      { press: ['F2'], does: 'Rename' },
      { press: ['Delete'], does: 'Remove' },
    ],
  },
  {
    group: 'In the graph',
    keys: [
      { press: ['↑', '↓'], does: 'Along the edges' },
      { press: ['←', '→'], does: 'To the neighbour in the same layer' },
      { press: ['Enter', '⌫'], does: 'Open, close a block' },
      { press: ['+', '−', '0'], does: 'Zoom in, out, everything' },
    ],
  },
];

/** Whether a key press belongs to a text field and must be left to it. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}
