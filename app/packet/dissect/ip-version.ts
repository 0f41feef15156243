// The version that both kinds of IP headers begin with: `ip.version` has either's.
import { field } from './field.ts';

export const IP_VERSION = field('ip.version', 'Version', 'uint');
