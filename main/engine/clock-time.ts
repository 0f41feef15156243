/** `HH:MM:SS` of the machine that Hopscope runs on. `at` in ms since the epoch. */
export function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
