// What is set on the made-up nodes. Development only.
import type { CallRequest, CallResponse } from '../../app/contract/calls.ts';

const row = (name: string, value: string, note: string | null = null, odd = false) => ({
  name,
  value,
  note,
  odd,
});

/** Of every Pod alike. */
export function fakeInside(): CallResponse<'pod.inside'> {
  return {
    at: { s: Math.floor(Date.now() / 1000) - 3, ns: 0 },
    sentence: null,
    groups: [
      {
        title: 'Listening',
        rows: [
          row('tcp6', '[::]:8080'),
          row('tcp', '127.0.0.1:9090', 'loopback alone: nothing reaches it from outside'),
          // Two processes of one server share a port.
          row('tcp', '0.0.0.0:443'),
          row('tcp', '0.0.0.0:443'),
        ],
        rest: ['Of udp the first 1000 sockets were read; there are more.'],
      },
      {
        title: 'Settings',
        rows: [row('ip_forward', '0'), row('somaxconn', '4096'), row('eth0 rp_filter', '0')],
        rest: [],
      },
    ],
  };
}

export function fakeSettings({ device }: CallRequest<'node.settings'>): CallResponse<'node.settings'> {
  const at = { s: Math.floor(Date.now() / 1000) - 6, ns: 0 };
  const ofNode = [
    {
      title: 'Forwarding',
      rows: [
        row('ip_forward', '1'),
        row('rp_filter of all', '1', 'strict: a source must be routed back through where it came in'),
      ],
    },
    {
      title: 'Connection tracking',
      rows: [row('connections', '254000 of 262144', '97 % full: new connections are refused soon', true)],
    },
    {
      title: 'Listening',
      rows: [row('tcp', '127.0.0.1:10248', 'loopback alone: nothing reaches it from outside')],
    },
  ];
  const ofDevice = [
    {
      title: 'Settings',
      rows: [
        row('forwarding', '0', 'what comes in here is not forwarded', true),
        row('proxy_arp', '1'),
        row('accept_local', '0'),
      ],
    },
  ];
  return {
    at,
    sentence: null,
    groups: (device === null ? ofNode : ofDevice).map((group) => ({ ...group, rest: [] })),
  };
}
