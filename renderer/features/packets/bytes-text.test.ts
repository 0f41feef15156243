import { expect, it } from 'vitest';
import { hexDump, hexText, offsetText } from './bytes-text.ts';

const bytes = Uint8Array.from({ length: 18 }, (_, index) => index * 15);

it('is dumped as xxd and text2pcap read it', () => {
  expect(hexDump(bytes)).toBe(
    '0000  00 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1  ...-<KZix.......\n0010  f0 ff                                            ..',
  );
  expect(hexDump(new Uint8Array(0))).toBe('');
  expect(hexText(bytes.subarray(0, 3))).toBe('000f1e');
});

it('is numbered with as many digits as the packet needs', () => {
  expect(offsetText(16, 100)).toBe('0010');
  expect(offsetText(16, 0x1_0001)).toBe('00010');
});
