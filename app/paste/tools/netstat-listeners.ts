// `netstat -lntu`, with processes or without (net-tools netstat.c, BusyBox networking/netstat.c): who listens. UDP has no state.
import type { ListeningSocket } from '../../probe/settings-facts.ts';

const LINE =
  /^(tcp|udp)(6?)\s+(\d{1,10})\s+\d{1,10}\s+([0-9a-f:.]{2,45}):(\d{1,5})\s+\S{1,60}:\*(?:\s+(LISTEN))?(?:\s.*)?$/;
const HEADS = [
  /^Active Internet connections \(/,
  /^Proto\s+Recv-Q\s+Send-Q\s+Local Address\s+Foreign Address\b/,
];

export function isNetstatLine(line: string): boolean {
  return HEADS.some((head) => head.test(line)) || LINE.test(line);
}

export function netstatListeners(text: string): ListeningSocket[] {
  return text.split('\n').flatMap((line): ListeningSocket[] => {
    const [, tool, six = '', waiting, address = '', port, state] = LINE.exec(line) ?? [];
    if (tool === undefined || Number(port) > 65_535 || (tool === 'tcp' && state === undefined)) return [];
    const protocol =
      `${tool === 'tcp' ? 'tcp' : 'udp'}${address.includes(':') || six === '6' ? '6' : ''}` as const;
    return [{ pid: null, protocol, address, port: Number(port), waiting: Number(waiting), drops: 0 }];
  });
}
