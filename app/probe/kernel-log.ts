// What the kernel said of its network since it booted: `dmesg -r`, as util-linux and BusyBox print it, narrowed on the node
// to the lines that decide a packet's fate (kernelLogPattern). Times are seconds after boot.
import { plainText } from '../plain-text.ts';
import type { NodeTime, UnreadLine } from './facts.ts';

export interface KernelMessage {
  readonly at: NodeTime;
  readonly about: 'link' | 'conntrack' | 'memory' | 'martian' | 'neighbours';
  /** The kernel's own words. */
  readonly text: string;
}

export interface KernelLog {
  readonly messages: readonly KernelMessage[];
  readonly unread: readonly UnreadLine[];
}

// drivers/net (link), nf_conntrack_core.c, mm/oom_kill.c, net/ipv4/route.c and fib_frontend.c, net/core/neighbour.c
const ABOUT: readonly (readonly [KernelMessage['about'], RegExp])[] = [
  ['conntrack', /nf_conntrack: .*table full/i],
  ['memory', /out of memory|killed process/i],
  ['martian', /martian source/i],
  ['neighbours', /neighbou?r(: | ).*table overflow/i],
  ['link', /link is (up|down)|lost carrier|carrier lost/i],
];

/** For `grep -iE` on the node: the same, in words without a quote. */
export const kernelLogPattern =
  'nf_conntrack: .*table full|out of memory|killed process|martian source|table overflow|link is (up|down)|lost carrier|carrier lost';

const UNREAD_KEPT = 20;
/** The kernel's own buffer for one (include/linux/printk.h, PRINTKRB_RECORD_MAX). */
const LONGEST_LINE = 1_024;

/** `at`: when the command began, the node's time. Null when the output does not begin with the node's uptime. */
export function parseKernelLog(text: string, at: NodeTime): KernelLog | null {
  const uptime = /^uptime (\d{1,12}(?:\.\d{1,9})?)$/m.exec(text)?.[1];
  if (uptime === undefined) return null;
  const booted = at.s + at.ns / 1e9 - Number(uptime);
  const messages: KernelMessage[] = [];
  const unread: UnreadLine[] = [];
  text.split('\n').forEach((whole, index) => {
    const line = whole.slice(0, LONGEST_LINE);
    if (line.trim() === '' || line.startsWith('uptime ')) return;
    // <6>[48395.003577] message
    const found = /^(?:<\d+>)?\[ *(\d{1,12}\.\d{1,9})\] (.*)$/.exec(line);
    const said = found?.[2] ?? '';
    const about = ABOUT.find(([, pattern]) => pattern.test(said))?.[0];
    if (found === null || about === undefined) {
      if (unread.length < UNREAD_KEPT) unread.push({ line: index + 1, text: line.slice(0, 200) });
      return;
    }
    const seconds = booted + Number(found[1]);
    const s = Math.floor(seconds);
    // Milliseconds: what is left of the two clocks' difference is no better.
    messages.push({
      at: { s, ns: Math.floor((seconds - s) * 1000) * 1_000_000 },
      about,
      text: plainText(said.slice(0, 300)),
    });
  });
  return { messages, unread };
}
