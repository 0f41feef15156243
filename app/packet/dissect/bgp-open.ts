// BGP's OPEN (RFC 4271 §4.2) with its capabilities (RFC 5492; 4760 multiprotocol, 2918 refresh, 4724 graceful restart, 6793
// four-byte AS numbers, 7911 several paths, draft-walton-bgp-hostname).
import { AFI_WORDS, SAFI_WORDS } from './bgp-prefix.ts';
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const VERSION = field('bgp.open.version', 'Version', 'uint');
const MY_AS = field('bgp.open.myas', 'AS of the sender', 'uint');
const HOLD_TIME = field('bgp.open.holdtime', 'Hold time', 'uint');
const IDENTIFIER = field('bgp.open.identifier', 'Router id', 'ipv4');
const PARAMETERS_LENGTH = field('bgp.open.opt.len', 'Length of the parameters', 'uint');
const PARAMETERS = field('bgp.open.opt', 'Parameters', 'none');
const PARAMETER = field('bgp.open.opt.param', 'Parameter', 'none');
const PARAMETER_TYPE = field('bgp.open.opt.param.type', 'Type', 'uint', {
  words: { 1: 'Authentication', 2: 'Capability' },
});
const PARAMETER_LENGTH = field('bgp.open.opt.param.len', 'Length', 'uint');
const CAPABILITY = field('bgp.cap', 'Capability', 'none');
const CAPABILITY_TYPE = field('bgp.cap.type', 'Type', 'uint', {
  words: {
    1: 'Multiprotocol extensions',
    2: 'Route refresh',
    3: 'Outbound route filtering',
    5: 'Extended next hop encoding',
    6: 'Extended messages',
    9: 'Role',
    64: 'Graceful restart',
    65: 'Four-byte AS numbers',
    69: 'Additional paths',
    70: 'Enhanced route refresh',
    71: 'Long-lived graceful restart',
    73: 'Host name',
    128: 'Route refresh (Cisco)',
  },
});
const CAPABILITY_LENGTH = field('bgp.cap.length', 'Length', 'uint');
const CAPABILITY_VALUE = field('bgp.cap.unknown', 'Value', 'bytes');
const AFI = field('bgp.cap.mp.afi', 'Address family', 'uint', { words: AFI_WORDS });
const SAFI = field('bgp.cap.mp.safi', 'Subsequent address family', 'uint', { words: SAFI_WORDS });
const RESTART_TIME = field('bgp.cap.gr.timers.restart_time', 'Restart time', 'uint');
const RESTARTING = field('bgp.cap.gr.timers.restart_flag', 'Restarts now', 'boolean');
const RESTART_AFI = field('bgp.cap.gr.afi', 'Address family', 'uint', { words: AFI_WORDS });
const RESTART_SAFI = field('bgp.cap.gr.safi', 'Subsequent address family', 'uint', { words: SAFI_WORDS });
const RESTART_KEPT = field('bgp.cap.gr.flag.pfs', 'Forwarding state kept', 'boolean');
const FOUR_BYTE_AS = field('bgp.cap.4as', 'AS of the sender', 'uint');
const PATHS_AFI = field('bgp.cap.ap.afi', 'Address family', 'uint', { words: AFI_WORDS });
const PATHS_SAFI = field('bgp.cap.ap.safi', 'Subsequent address family', 'uint', { words: SAFI_WORDS });
const PATHS_DIRECTION = field('bgp.cap.ap.sendreceive', 'Direction', 'uint', {
  words: { 1: 'Receive', 2: 'Send', 3: 'Both' },
});
const HOST_NAME = field('bgp.cap.orf.fqdn.hostname', 'Host name', 'text');

export const OPEN_FIELDS = [
  VERSION,
  MY_AS,
  HOLD_TIME,
  IDENTIFIER,
  PARAMETERS_LENGTH,
  PARAMETERS,
  PARAMETER,
  PARAMETER_TYPE,
  PARAMETER_LENGTH,
  CAPABILITY,
  CAPABILITY_TYPE,
  CAPABILITY_LENGTH,
  CAPABILITY_VALUE,
  AFI,
  SAFI,
  RESTARTING,
  RESTART_TIME,
  RESTART_AFI,
  RESTART_SAFI,
  RESTART_KEPT,
  FOUR_BYTE_AS,
  PATHS_AFI,
  PATHS_SAFI,
  PATHS_DIRECTION,
  HOST_NAME,
];

const CAPABILITIES = 2;

/** @param at behind the message's header */
export function readOpen(d: Dissection, at: number): void {
  d.uint(VERSION, at, 1);
  d.uint(MY_AS, at + 1, 2);
  d.uint(HOLD_TIME, at + 3, 2);
  d.ipv4(IDENTIFIER, at + 5);
  const length = d.uint(PARAMETERS_LENGTH, at + 9, 1);
  if (length === 0) return;
  const first = at + 10;
  d.add(PARAMETERS, first, length, null);
  d.open();
  for (let next = first; next < first + length;) {
    d.add(PARAMETER, next, 2, null);
    d.open();
    const type = d.uint(PARAMETER_TYPE, next, 1);
    const valueLength = d.uint(PARAMETER_LENGTH, next + 1, 1);
    next += 2;
    if (type === CAPABILITIES) readCapabilities(d, next, next + valueLength);
    d.close();
    next += valueLength;
  }
  d.close();
}

function readCapabilities(d: Dissection, at: number, end: number): void {
  for (let next = at; next < end;) {
    d.add(CAPABILITY, next, 2, null);
    d.open();
    const type = d.uint(CAPABILITY_TYPE, next, 1);
    const length = d.uint(CAPABILITY_LENGTH, next + 1, 1);
    next += 2;
    readCapability(d, type, next, length);
    d.close();
    next += length;
  }
}

function readCapability(d: Dissection, type: number, at: number, length: number): void {
  if (length === 0) return;
  switch (type) {
    case 1:
      if (length !== 4) break;
      d.uint(AFI, at, 2);
      d.uint(SAFI, at + 3, 1);
      return;
    case 64:
      if (length < 2 || (length - 2) % 4 !== 0) break;
      d.bits(RESTARTING, at, 2, 0x8000);
      d.bits(RESTART_TIME, at, 2, 0x0fff);
      for (let next = at + 2; next < at + length; next += 4) {
        d.uint(RESTART_AFI, next, 2);
        d.uint(RESTART_SAFI, next + 2, 1);
        d.bits(RESTART_KEPT, next + 3, 1, 0x80);
      }
      return;
    case 65:
      if (length !== 4) break;
      d.uint(FOUR_BYTE_AS, at, 4);
      return;
    case 69:
      if (length % 4 !== 0) break;
      for (let next = at; next < at + length; next += 4) {
        d.uint(PATHS_AFI, next, 2);
        d.uint(PATHS_SAFI, next + 2, 1);
        d.uint(PATHS_DIRECTION, next + 3, 1);
      }
      return;
    case 73: {
      const nameLength = d.u8(at);
      if (nameLength >= length) break;
      d.text(HOST_NAME, at + 1, nameLength);
      return;
    }
  }
  d.view(CAPABILITY_VALUE, at, length);
}
