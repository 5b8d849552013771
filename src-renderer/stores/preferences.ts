import { defineStore } from 'pinia';
import { ref, watchEffect } from 'vue';

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'regular' | 'compact';

/** How the window looks on this machine. Kept by the browser, not by the project. */
export const usePreferences = defineStore('preferences', () => {
  const theme = ref(stored<Theme>('theme', ['system', 'light', 'dark']));
  const density = ref(stored<Density>('density', ['regular', 'compact']));
  const inspector = ref(stored<'shown' | 'hidden'>('inspector', ['shown', 'hidden']));

  watchEffect(() => {
    const root = document.documentElement;
    if (theme.value === 'system') root.removeAttribute('data-theme');
    else root.dataset['theme'] = theme.value;
    root.dataset['density'] = density.value;
    localStorage.setItem('calibrant.theme', theme.value);
    localStorage.setItem('calibrant.density', density.value);
    localStorage.setItem('calibrant.inspector', inspector.value);
  });

  function toggleInspector(): void {
    inspector.value = inspector.value === 'shown' ? 'hidden' : 'shown';
  }

  return { theme, density, inspector, toggleInspector };
});

/** The stored choice, or the first one. */
function stored<T extends string>(key: string, choices: readonly [T, ...T[]]): T {
  const value = localStorage.getItem(`calibrant.${key}`);
  return choices.find((choice) => choice === value) ?? choices[0];
}
