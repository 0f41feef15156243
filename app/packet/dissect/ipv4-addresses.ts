// The addresses of IPv4 headers: a source route in the options moves the destination there.
import { field } from './field.ts';

export const ADDR = field('ip.addr', 'Source or destination address', 'ipv4');
export const HOST = field('ip.host', 'Source or destination host', 'ipv4');
export const SRC = field('ip.src', 'Source address', 'ipv4', { also: [ADDR, HOST] });
export const DST = field('ip.dst', 'Destination address', 'ipv4', { also: [ADDR, HOST] });
/** The header's own destination, while the route has another one. */
export const CURRENT = field('ip.cur_rt', 'Next stop of the source route', 'ipv4');

export const FIELDS = [ADDR, HOST, SRC, DST, CURRENT];
