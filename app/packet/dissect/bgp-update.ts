// BGP's UPDATE: routes withdrawn, attributes, and routes that have them (RFC 4271 §4.3).
import { ATTRIBUTE_FIELDS, readAttribute } from './bgp-attributes.ts';
import { hasPathIds, IPV4_BYTES, PATH_ID, PREFIX_LENGTH, readPrefixes } from './bgp-prefix.ts';
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const WITHDRAWN_LENGTH = field(
  'bgp.update.withdrawn_routes.length',
  'Length of the withdrawn routes',
  'uint',
);
const WITHDRAWN = field('bgp.update.withdrawn_routes', 'Withdrawn routes', 'none');
const WITHDRAWN_PREFIX = field('bgp.withdrawn_prefix', 'Withdrawn', 'ipv4');
const ATTRIBUTES_LENGTH = field('bgp.update.path_attributes.length', 'Length of the attributes', 'uint');
const ATTRIBUTES = field('bgp.update.path_attributes', 'Attributes', 'none');
const NLRI = field('bgp.update.nlri', 'Routes', 'none');
const PREFIX = field('bgp.nlri_prefix', 'Route', 'ipv4');

export const UPDATE_FIELDS = [
  WITHDRAWN_LENGTH,
  WITHDRAWN,
  PATH_ID,
  PREFIX_LENGTH,
  WITHDRAWN_PREFIX,
  ATTRIBUTES_LENGTH,
  ATTRIBUTES,
  ...ATTRIBUTE_FIELDS,
  NLRI,
  PREFIX,
];

/** @param at behind the message's header */
export function readUpdate(d: Dissection, at: number, end: number): void {
  const withdrawnLength = d.uint(WITHDRAWN_LENGTH, at, 2);
  let next = at + 2;
  if (withdrawnLength > 0) {
    d.reading(WITHDRAWN);
    if (next + withdrawnLength > end) d.fail();
    d.add(WITHDRAWN, next, withdrawnLength, null);
    d.open();
    readIpv4(d, next, next + withdrawnLength, WITHDRAWN_PREFIX);
    d.close();
    next += withdrawnLength;
  }
  const attributesLength = d.uint(ATTRIBUTES_LENGTH, next, 2);
  next += 2;
  if (attributesLength > 0) {
    d.add(ATTRIBUTES, next, attributesLength, null);
    d.open();
    const attributesEnd = next + attributesLength;
    while (next < attributesEnd) next = readAttribute(d, next);
    d.close();
    next = attributesEnd;
  }
  if (next >= end) return;
  d.reading(NLRI);
  d.need(next, end - next);
  d.add(NLRI, next, end - next, null);
  d.open();
  readIpv4(d, next, end, PREFIX);
  d.close();
}

function readIpv4(d: Dissection, at: number, end: number, of: typeof PREFIX): void {
  readPrefixes(d, at, end, of, IPV4_BYTES, hasPathIds(d, at, end, IPV4_BYTES));
}
