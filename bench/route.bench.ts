// What the FIB costs, in CPU time: building it of 10,000 routes, and one lookup by policy rules and tables, the address
// as text.
import { Fib } from '../app/route/fib.ts';
import { flowOf } from '../app/route/flow.ts';
import { inPrefix, parseAddress, parsePrefix } from '../app/route/address.ts';
import { randomRouting, seededRandom } from '../app/route/testing/random-routing.ts';
import { parseRoutesText } from '../app/probe/ip-routes-text.ts';
import { parseRulesText } from '../app/probe/ip-rules.ts';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';

const ROUTES = 10_000;
const LOOKUPS = 100_000;
const BUILD_MS = 50;
const LOOKUP_US = 2;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

tellLoad('at the start');
for (const family of [4, 6] as const) {
  const routing = randomRouting(seededRandom(family), family, { routes: ROUTES, queries: 10_000, rules: 4 });
  const lines = routing.routes.map((line) =>
    line.replace('route append ', '').replace(/nexthop .*/, 'dev d0'),
  );
  const routes = parseRoutesText(lines.join('\n'), family).entries;
  const rules = parseRulesText(
    ['0: from all lookup local', '32766: from all lookup main', '32767: from all lookup default']
      .concat(routing.rules.map((line) => line.replace(/rule add priority (\d+)/, '$1: from all')))
      .join('\n'),
    family,
  ).entries;
  const addresses = routing.queries.map(({ dst }) => dst);
  const fib = new Fib(family, routes, rules);
  const prefixes = routes.flatMap(({ dst }) => parsePrefix(dst) ?? []);
  let found = 0;

  const build = async (): Promise<number> => {
    const from = cpuMs();
    found += new Fib(family, routes, rules).tables.size;
    return Promise.resolve(cpuMs() - from);
  };
  const lookup = async (): Promise<number> => {
    const from = cpuMs();
    for (let at = 0; at < LOOKUPS; at += 1) {
      const flow = flowOf(addresses[at % addresses.length] ?? '', null);
      if (flow !== null && fib.lookup(flow).kind === 'route') found += 1;
    }
    return Promise.resolve(((cpuMs() - from) * 1000) / LOOKUPS);
  };
  const scan = async (): Promise<number> => {
    const from = cpuMs();
    for (let at = 0; at < 100; at += 1) {
      const address = parseAddress(addresses[at] ?? '');
      if (address !== null) found += prefixes.filter((prefix) => inPrefix(address, prefix)).length;
    }
    return Promise.resolve(((cpuMs() - from) * 1000) / 100);
  };
  for (let warm = 0; warm < 3; warm += 1) for (const run of [build, lookup, scan]) await run();
  const values = await rounds(Math.max(ROUNDS, 11), { build, lookup, scan });
  report({
    name: `IPv${family}: build of ${routes.length} routes`,
    measured: values.build,
    unit: 'ms',
    reference: { name: 'one look at every route, µs', values: values.scan },
    budget: { of: 'value', atMost: BUILD_MS },
  });
  report({
    name: `IPv${family}: a lookup by ${rules.length} rules over ${routes.length} routes, the address as text`,
    measured: values.lookup,
    unit: 'µs',
    reference: { name: 'one look at every route', values: values.scan },
    budget: { of: 'value', atMost: LOOKUP_US },
  });
  if (found === 0) throw new Error('nothing was found: the bench measures nothing');
}
tellLoad('at the end');
