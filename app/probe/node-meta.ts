// Who the node is: "PATH VALUE" lines of /proc/sys/kernel (proc(5)) and the script's own uid, netns and tools lines.
import type { NodeMeta } from './snapshot.ts';

/** Null when there is no boot id: then nothing can be told apart from the boot before. */
export function parseNodeMeta(text: string): NodeMeta | null {
  const line = (key: string): string | null => {
    const found = text.split('\n').find((one) => one.startsWith(`${key} `));
    return found === undefined ? null : found.slice(key.length + 1).trim();
  };
  const bootId = line('sys/kernel/random/boot_id');
  if (bootId === null || !/^[0-9a-f-]{36}$/.test(bootId)) return null;
  const uid = line('uid');
  const inode = /^net:\[(\d+)\]$/.exec(line('netns') ?? '')?.[1];
  return {
    bootId,
    hostname: line('sys/kernel/hostname') ?? '',
    kernel: line('sys/kernel/osrelease') ?? '',
    // An unknown user is taken for one without rights.
    uid: uid !== null && /^\d+$/.test(uid) ? Number(uid) : -1,
    rootInode: inode === undefined ? null : Number(inode),
    tools: (line('tools') ?? '').split(' ').filter((tool) => tool !== ''),
  };
}
