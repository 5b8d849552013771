/** Everything that the window and the main process say to each other goes over these. */
export const CHANNELS = {
  call: 'calibrant:call',
  event: 'calibrant:event',
  /** The path of a file that was dropped on the window. */
  grant: 'calibrant:grant',
} as const;
