// What is copied of a followed stream, and the filter that lets only its packets pass. Pure.
import type { FollowedStream, StreamEnd } from '../../../../app/contract/followed-stream.ts';
import { plainText } from '../../../../app/plain-text.ts';
import { hexDump } from '../bytes-text.ts';
import { streamStrings } from './stream-strings.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** One line of what somebody else sent: it can neither steer a terminal nor turn a sentence around. */
export function lineText(bytes: Uint8Array): string {
  const end = bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length;
  return plainText(utf8.decode(bytes.subarray(0, end)).replaceAll('\t', '    '));
}

export function copyableText({ bytes, pieces, ends }: FollowedStream, mode: 'text' | 'hex'): string {
  const parts: string[] = [];
  let at = 0;
  let speaker: number | null = null;
  for (const { direction, kind, length } of pieces) {
    if (direction !== speaker)
      parts.push(`${parts.length === 0 ? '' : '\n'}— ${endText(ends[direction])} —\n`);
    speaker = direction;
    if (kind !== 'bytes') {
      parts.push(`[${streamStrings.gap(kind, length)}]\n`);
      continue;
    }
    const piece = bytes.subarray(at, at + length);
    at += length;
    const text =
      mode === 'hex'
        ? hexDump(piece)
        : utf8
            .decode(piece)
            .split('\n')
            .map((line) => plainText(line.replace(/\r$/u, '').replaceAll('\t', '    ')))
            .join('\n');
    parts.push(mode === 'hex' ? `${text}\n` : text);
  }
  return parts.join('');
}

export function endText({ name, address, port }: StreamEnd): string {
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return name === null ? place : `${name} ${place}`;
}

export function streamFilter({ ends }: FollowedStream): string {
  const field = ends[0].address.includes(':') ? 'ipv6.addr' : 'ip.addr';
  const [one, other] = ends;
  return `${field} == ${one.address} && ${field} == ${other.address} && tcp.port == ${one.port} && tcp.port == ${other.port}`;
}
