import type { Explained } from './differences/explained';
import { compared, GUIDES, type Guide } from './guides';

function cell(value: string | undefined): string {
  return value === undefined ? '-' : `\`${value.replaceAll('|', '\\|')}\``;
}

function section(guide: Guide): string {
  const { differences, values } = compared(guide);
  const reasons = [...new Set(guide.explained.map(({ reason }) => reason))];
  const rows = (reason: string): readonly Explained[] => guide.explained.filter((row) => row.reason === reason);
  return [
    `## ${guide.chart}`,
    `Example \`examples/cdk8s/${guide.example}.ts\`. Of ${values} values compared, ${values - differences.length} are equal and ${differences.length} differ:`,
    [
      '| What | llm-d | Here | Why |',
      '|---|---|---|---|',
      ...reasons.flatMap((reason) =>
        rows(reason).map(
          ({ path, upstream, ours }, index) => `| \`${path}\` | ${cell(upstream)} | ${cell(ours)} | ${index === 0 ? reason : 'same'} |`,
        ),
      ),
    ].join('\n'),
  ].join('\n\n');
}

/** Text of `docs/parity.md`. */
export function parityPage(): string {
  return [
    '<!-- Written by `UPDATE_GOLDEN=1 npx jest test/parity`; do not edit. -->',
    '# Parity with the llm-d guides',
    'Three guides of llm-d (June 2026, router charts v0.9.0, standalone mode) are written down as data in `test/parity/facts/`: workloads, images, arguments, environment, resources, ports, probes, volumes, security, the pool, the configuration of the router, its Deployment, Service and permissions, and what matters of the Envoy beside it. A test compares what the examples synthesize with that data, value by value. Whatever differs is listed here with its reason; a difference without a reason fails the test, and so does a reason without a difference.',
    'Not compared: names of objects, the order of arguments, defaults that the API server fills in.',
    ...GUIDES.map(section),
  ]
    .join('\n\n')
    .concat('\n');
}
