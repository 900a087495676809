import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_SINCE, PEERS, RELEASES } from '../../lib/versions';
import { ROOT } from '../support/architecture/sources';

/** The table of what the cluster must have. */
const table = readFileSync(join(ROOT, 'README.md'), 'utf8').split('### What the cluster must have')[1]?.split('\n## ')[0] ?? '';

test.each(Object.entries(PEERS))('README.md names the pinned version of %s, %s', (_, version) => {
  expect(table.split(/[\s|,]+/)).toContain(version);
});

test('README.md names the versions of Kubernetes that features need, and the release of the router charts', () => {
  const { floor, dynamicResourceAllocation, imageVolume } = KUBERNETES_SINCE;
  expect(table).toContain(
    `| 1.${floor} | always; 1.${dynamicResourceAllocation} for \`viaDra()\`, 1.${imageVolume} for \`ModelSource.oci\``,
  );
  expect(table).toContain(`| llm-d CRDs (InferenceObjective) | ${RELEASES['2026.06'].upstreamRouter.version} |`);
});
