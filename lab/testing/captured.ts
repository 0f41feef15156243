import { readFile } from 'node:fs/promises';
import { hostPath, livingNode } from '../node-namespace.ts';
import { runFolder } from '../run-folder.ts';

/** Of a pcap file of this machine's own tcpdump, on a node. */
export async function recordsOf(
  instance: string,
  node: string,
  path: string,
): Promise<{ us: number; bytes: Buffer }[]> {
  const file = await readFile(hostPath(await livingNode(runFolder(instance), node), path));
  const records: { us: number; bytes: Buffer }[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const next = at + 16 + file.readUInt32LE(at + 8);
    const us = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
    records.push({ us, bytes: file.subarray(at + 8, next) });
    at = next;
  }
  return records;
}
