const count = (number: number): string => number.toLocaleString('en');

export const streamStrings = {
  title: 'TCP stream',
  follow: 'Follow TCP stream',
  followShort: 'Follow stream',
  seenAt: (label: string): string => `as seen at ${label}`,
  seenAtTitle: 'One place on the way: elsewhere the same segments were seen again',
  waiting: 'Putting the stream together…',
  text: 'Text',
  hex: 'Hex',
  search: 'Find in the stream…',
  found: (at: number, all: number, most: boolean): string =>
    `${count(at)} of ${count(all)}${most ? '+' : ''}`,
  none: 'not found',
  previous: 'Previous (Shift+Enter)',
  next: 'Next (Enter)',
  copy: 'Copy',
  filter: 'Filter to this stream',
  close: 'Close',
  bytes: (bytes: number): string => `${count(bytes)} B`,
  lacking: (bytes: number): string => `${count(bytes)} B not captured`,
  retransmitted: (segments: number): string => `${count(segments)} retransmitted`,
  gap: (kind: 'missing' | 'cut', length: number): string =>
    kind === 'cut'
      ? `${count(length)} bytes cut off: the capture keeps only the beginning of a packet`
      : `${count(length)} bytes missing: no packet with them was captured`,
  beyond: (bytes: number): string =>
    `${count(bytes)} more bytes follow; the first MiB is shown. Export the case file with payload to read them all.`,
  middle:
    'Its beginning was not captured, is not kept any more, or lies far before this packet, on the disk.',
  packets: (packets: number): string => `${count(packets)} packets`,
  closed: { fin: 'closed by both ends', reset: 'reset' },
  open: 'end not seen',
  empty: 'Nothing was sent in this stream, or nothing of it was captured.',
  packet: (number: number): string => `packet ${count(number)}`,
};
