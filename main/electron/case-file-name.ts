// What a case file is called until somebody says otherwise.

/** A file name holds at most 255 bytes, and a person reads about this much. */
const MOST_CHARACTERS = 80;

/**
 * `<cluster>-<YYYYMMDD-HHMMSS>.hopscope.zip`, in UTC like every time in the window.
 *
 * @param cluster as its file names it: it may hold anything; null when none is open. @param now ms since the epoch.
 */
export function caseFileName(cluster: string | null, now: number): string {
  const [date = '', time = ''] = new Date(now).toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
  const named = (cluster ?? '')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+/, '')
    .slice(0, MOST_CHARACTERS);
  return `${named === '' ? 'case' : named}-${date}-${time}.hopscope.zip`;
}
