/**
 * The colour of a token as `rgb(…)`, for canvases, which know no variables. `near` decides the theme. The computed value of a custom property would
 * still read `light-dark(…)`, hence the detour over a real colour property.
 */
export function readToken(token: `--${string}`, near: HTMLElement = document.documentElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  probe.style.display = 'none';
  near.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
