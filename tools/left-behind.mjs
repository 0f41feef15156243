// What of ours runs on the lab's nodes, seen from outside them: past SSH, in each node's own /proc. Needs root.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The longest that a guard outlives its connection (docs/adr/0007-silence-is-seen-by-the-guard.md), and some more. */
const GONE_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 200;
const TOOLS = new Set(['tcpdump', 'nsenter']);
const GUARD = 'HOPSCOPE_GUARD=';

/** `{ key, words }` of each; `key` tells it from a later process with the same number. */
function processesOfOurs({ name, pid }) {
  const proc = `/proc/${pid}/root/proc`;
  return fs.readdirSync(proc).flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const read = (file) => fs.readFileSync(path.join(proc, entry, file), 'utf8');
    try {
      // proc_pid_stat(5): the name in brackets may hold anything, so the fields are counted from its end.
      const fields = read('stat')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (fields[0] === 'Z') return [];
      const comm = read('comm').trim();
      if (!TOOLS.has(comm) && !read('environ').includes(GUARD)) return [];
      return [{ key: `${name}/${entry}@${fields[19]}`, words: `${comm} (process ${entry}) on ${name}` }];
    } catch (error) {
      // It ended while it was looked at, or is of another user namespace: no login of ours starts such a one.
      if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code)) return [];
      throw error;
    }
  });
}

/** What runs now, for `leftBehind`: somebody else's window may use the same lab. */
export const oursNow = (nodes) => new Set(nodes.flatMap(processesOfOurs).map(({ key }) => key));

/** Waits until nothing of ours is left but what was there `before`. Resolves to null, or to a sentence that names it. */
export async function leftBehind(nodes, before, limit = GONE_WITHIN_MS) {
  const until = performance.now() + limit;
  for (;;) {
    const left = nodes.flatMap(processesOfOurs).filter(({ key }) => !before.has(key));
    if (left.length === 0) return null;
    if (performance.now() > until) {
      return `The window left processes on the nodes: ${left.map(({ words }) => words).join(', ')}.`;
    }
    await pause(LOOK_EVERY_MS);
  }
}
