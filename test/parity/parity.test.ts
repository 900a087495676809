import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/architecture/sources';
import { isUpdating } from '../support/golden';
import type { Difference } from './compare';
import { flagsOf, type Json, normalQuantity } from './extract';
import { compared, GUIDES, manifestsOf } from './guides';
import { parityPage } from './page';
import { execWords } from './shell-words';

const sorted = (rows: readonly Difference[]) =>
  rows.map(({ path, upstream, ours }) => `${path}: ${upstream} -> ${ours}`).sort((a, b) => a.localeCompare(b, 'en'));

describe.each(GUIDES)('$chart', (guide) => {
  test('differs from the guide exactly where a reason is given', () => {
    expect(sorted(compared(guide).differences)).toEqual(sorted(guide.explained));
  });

  test('gives every reason once', () => {
    const paths = guide.explained.map(({ path }) => path);
    expect(paths).toEqual([...new Set(paths)]);
    expect(guide.explained.filter(({ reason }) => reason.trim().length < 20)).toEqual([]);
  });

  // What the comparison would not see if it looked at the wrong place: each change must show up under its path.
  const engineOf = (objects: readonly Json[]) => {
    const workload = objects.find(({ kind, metadata }) => /Deployment|LeaderWorkerSet/.test(kind) && /-decode$/.test(metadata.name));
    return workload.spec.template?.spec ?? workload.spec.leaderWorkerTemplate.workerTemplate.spec;
  };
  const changes: readonly [path: string, change: (objects: readonly Json[]) => void][] = [
    [
      'decode.containers.modelserver.limits[nvidia.com/gpu]',
      (all) => (engineOf(all).containers[0].resources.limits['nvidia.com/gpu'] = '1'),
    ],
    ['decode.containers.modelserver.probes.liveness.timeout', (all) => delete engineOf(all).containers[0].livenessProbe.timeoutSeconds],
    ['decode.containers.modelserver.env.HF_TOKEN', (all) => engineOf(all).containers[0].env.shift()],
    ['decode.containers.modelserver.mounts[/dev/shm]', (all) => (engineOf(all).volumes[0].emptyDir.sizeLimit = '1Gi')],
    ['decode.graceSeconds', (all) => (engineOf(all).terminationGracePeriodSeconds = 31)],
    ['pool.failureMode', (all) => (all.find(({ kind }) => kind === 'InferencePool').spec.endpointPickerRef.failureMode = 'FailClose')],
    ['router.permissions[core/pods]', (all) => all.find(({ kind }) => kind === 'Role').rules[0].verbs.pop()],
    ['router.servicePorts.http', (all) => all.find(({ kind }) => kind === 'Service').spec.ports.pop()],
  ];
  test.each(changes)('would see a change of %s', (path, change) => {
    const objects = manifestsOf(guide);
    const before = compared(guide, objects).differences;
    change(objects);
    const found = compared(guide, objects).differences.filter((row) => !sorted(before).includes(sorted([row])[0] as string));
    expect(found.map((row) => row.path)).toEqual([path]);
  });
});

test('a start script is read as the shell would read it', () => {
  const script = 'set -e\nexec vllm serve a/b \\\n  --x="$((LWS_WORKER_INDEX * 8))" \\\n  \'--j={"a":"$B"}\' --p $B\necho no\n';
  expect(execWords(script, { LWS_WORKER_INDEX: '1', B: 'c' })).toEqual(['vllm', 'serve', 'a/b', '--x=8', '--j={"a":"$B"}', '--p', 'c']);
});

test('flags are the same in all their spellings, values are not', () => {
  expect(flagsOf(['--kv_cfg', '{"b":1,"a":2}', '--x'])).toEqual([['--kv-cfg', '{"a":2,"b":1}'], ['--x']]);
  expect(flagsOf(['--x=1', '--x=2'])).toEqual([
    ['--x', '1'],
    ['--x', '2'],
  ]);
  expect(() => flagsOf(['stray'])).toThrow('belongs to no flag');
});

test('quantities are compared by their value', () => {
  expect(['20480Mi', '1536Mi', '2Ti', '500m', '16G'].map(normalQuantity)).toEqual(['20Gi', '1536Mi', '2Ti', '500m', '16G']);
});

test('docs/parity.md is what this test writes', () => {
  const path = join(ROOT, 'docs/parity.md');
  const page = parityPage();
  if (isUpdating()) {
    writeFileSync(path, page);
  }
  expect(existsSync(path) ? readFileSync(path, 'utf8') : 'missing: run UPDATE_GOLDEN=1 npx jest test/parity').toBe(page);
});
