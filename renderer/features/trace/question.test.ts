import { describe, expect, it } from 'vitest';
import { protocolIn, questionIn } from './question.ts';

describe('what is written as protocol and port', () => {
  it.each([
    ['', 'tcp', null],
    ['tcp', 'tcp', null],
    ['8080', 'tcp', 8080],
    ['tcp:8080', 'tcp', 8080],
    ['TCP : 8080', 'tcp', 8080],
    ['udp 53', 'udp', 53],
    ['53/udp', 'udp', 53],
    ['icmp', 'icmp', null],
    ['ping', 'icmp', null],
  ])('“%s” is %s to port %s', (text, proto, port) => {
    expect(protocolIn(text)).toEqual({ ok: true, value: { proto, port } });
  });

  it.each(['sctp 80', '0', '65536', '99999', 'tcp udp', '80 81', 'icmp 8', 'tcp -1'])(
    '“%s” is refused with a sentence that says what is allowed',
    (text) => {
      const written = protocolIn(text);
      expect(written.ok).toBe(false);
      expect(!written.ok && written.sentence).toMatch(/^[A-Z“].+\.$/);
    },
  );
});

describe('the question in the bar', () => {
  it('has both its ends, without what surrounds them', () => {
    expect(questionIn(' default/a ', 'svc/default/web ', 'udp 53')).toEqual({
      ok: true,
      value: { from: 'default/a', to: 'svc/default/web', proto: 'udp', port: 53, size: null },
    });
  });

  it('is none without an end', () => {
    expect(questionIn('', 'b', '').ok).toBe(false);
    expect(questionIn('a', ' ', '').ok).toBe(false);
  });
});
