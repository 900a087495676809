import fc from 'fast-check';
import { PodEndpoints } from '../../src/kubernetes/pod-endpoints';
import { endpointsOf, isReady, type Pod } from '../../src/kubernetes/pods';
import { deploymentOf } from '../../src/kubernetes/selector-pool';
import { EndpointTable } from '../../src/plugin';

interface PodOptions {
  readonly ip?: string;
  readonly ready?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly version?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function pod(name: string, { ip = '10.0.0.1', ready = 'True', version, ...metadata }: PodOptions = {}): Pod {
  return {
    metadata: { name, namespace: 'ns', ...metadata, ...(version !== undefined && { resourceVersion: version }) },
    spec: { hostname: 'host' },
    status: {
      podIP: ip,
      hostIP: '192.168.0.1',
      conditions: [
        { type: 'Initialized', status: 'False' },
        { type: 'Ready', status: ready },
      ],
    },
  };
}

const hosts = (table: EndpointTable): string[] => table.all().map(({ host }) => host);
const portsOf = (annotations: Record<string, string>): number[] => endpointsOf(pod('a', { annotations }), [8000, 8001]).map((e) => e.port);

test('a pod is ready by its condition, with an address, and unless it is being deleted', () => {
  expect(isReady(pod('a'))).toBe(true);
  expect(isReady(pod('a', { ready: 'False' }))).toBe(false);
  expect(isReady(pod('a', { ready: 'Unknown' }))).toBe(false);
  expect(isReady(pod('a', { ip: '' }))).toBe(false);
  expect(isReady(pod('a', { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBe(false);
  expect(isReady({ metadata: { name: 'a' } })).toBe(false);
});

test('each target port is an endpoint, with its index as rank', () => {
  expect(endpointsOf(pod('a', { labels: { app: 'vllm' } }), [8000, 8001])).toEqual([
    {
      id: 'ns/a-rank-0',
      namespace: 'ns',
      name: 'a',
      address: '10.0.0.1',
      port: 8000,
      metricsHost: '10.0.0.1:8000',
      labels: { app: 'vllm' },
      rankIndex: 0,
      nodeAddress: '192.168.0.1',
      hostname: 'host',
    },
    expect.objectContaining({ id: 'ns/a-rank-1', port: 8001, metricsHost: '10.0.0.1:8001', rankIndex: 1 }),
  ]);
  expect(endpointsOf(pod('a', { ip: 'fd00::1' }), [8000])[0]).toMatchObject({ address: 'fd00::1', metricsHost: '[fd00::1]:8000' });
});

test.each([
  [{}, [8000, 8001]],
  [{ 'llm-d.ai/active-ports': '8001' }, [8001]],
  [{ 'llm-d.ai/active-ports': ' 8001 , 8000,9999,x,-1,' }, [8000, 8001]],
  [{ 'llm-d.ai/active-ports': '' }, []],
  [{ 'inference.networking.k8s.io/active-ports': '8000' }, [8000]],
  [{ 'llm-d.ai/active-ports': '8001', 'inference.networking.k8s.io/active-ports': '8000' }, [8001]],
])('active ports %j leave %j', (annotations, ports) => {
  expect(portsOf(annotations as Record<string, string>)).toEqual(ports);
});

test('a port that is no longer active keeps the rank of the others', () => {
  const [endpoint] = endpointsOf(pod('a', { annotations: { 'llm-d.ai/active-ports': '8001' } }), [8000, 8001]);
  expect(endpoint).toMatchObject({ id: 'ns/a-rank-1', rankIndex: 1 });
});

describe('the table', () => {
  const make = (ports: readonly number[] = [8000, 8001]): { table: EndpointTable; pods: PodEndpoints } => {
    const table = new EndpointTable();
    return { table, pods: new PodEndpoints(table, () => undefined, ports) };
  };

  test('has the endpoints of ready pods, without those of ports that became inactive', () => {
    const { table, pods } = make();
    pods.changed(pod('a'));
    expect(hosts(table)).toEqual(['10.0.0.1:8000', '10.0.0.1:8001']);
    pods.changed(pod('a', { annotations: { 'llm-d.ai/active-ports': '8001' } }));
    expect(hosts(table)).toEqual(['10.0.0.1:8001']);
    pods.changed(pod('a', { ready: 'False' }));
    expect(hosts(table)).toEqual([]);
    pods.changed(pod('a'));
    pods.deleted(pod('a'));
    expect(hosts(table)).toEqual([]);
  });

  test('gives a pod of the same name with another address a new endpoint', () => {
    const { table, pods } = make([8000]);
    pods.changed(pod('a'));
    const [before] = table.all();
    pods.changed(pod('a', { ip: '10.0.0.2' }));
    expect(before?.removed).toBe(true);
    expect(hosts(table)).toEqual(['10.0.0.2:8000']);
  });

  test('never has an address twice when a list gives it to another pod', () => {
    const { table, pods } = make([8000]);
    pods.replaced([pod('old')]);
    pods.replaced([pod('new')]);
    expect(table.all().map(({ id }) => id)).toEqual(['ns/new-rank-0']);
  });

  test('keeps endpoints over a list that repeats them, and tells nobody', () => {
    const { table, pods } = make([8000]);
    pods.replaced([pod('a', { version: '1' }), pod('b', { version: '2', ip: '10.0.0.2' })]);
    const [a] = table.all();
    const updated = jest.fn();
    table.listen({ updated, added: updated, removed: updated });
    pods.replaced([pod('a', { version: '1' }), pod('b', { version: '2', ip: '10.0.0.2' })]);
    expect(updated).not.toHaveBeenCalled();
    pods.changed(pod('a', { version: '3', labels: { role: 'decode' } }));
    expect(updated).toHaveBeenCalledTimes(1);
    expect(table.all()[0]).toBe(a);
    expect(a?.metadata.labels).toEqual({ role: 'decode' });
  });

  test('makes up for a listener that failed with the next list', () => {
    const { table, pods } = make();
    let failures = 1;
    table.listen({
      added: () => {
        if (failures-- > 0) throw new Error('not today');
      },
    });
    expect(() => pods.replaced([pod('a', { version: '1' })])).toThrow('not today');
    pods.replaced([pod('a', { version: '1' })]);
    expect(hosts(table)).toEqual(['10.0.0.1:8000', '10.0.0.1:8001']);
  });

  test('after any history equals what the last states of the pods say', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const state = fc.record({ ip: fc.constantFrom('10.0.0.1', '10.0.0.2', ''), ready: fc.constantFrom('True', 'False') });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('changed' as const), name, state }),
      fc.record({ kind: fc.constant('deleted' as const), name, state }),
      fc.record({ kind: fc.constant('listed' as const), pods: fc.uniqueArray(fc.record({ name, state }), { selector: (p) => p.name }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { table, pods } = make();
        let known = new Map<string, Pod>();
        for (const [version, one] of steps.entries()) {
          const of = (podName: string, options: PodOptions): Pod => pod(podName, { ...options, version: String(version) });
          if (one.kind === 'listed') {
            const all = one.pods.map((p) => of(p.name, p.state));
            known = new Map(all.map((p) => [p.metadata.name, p]));
            pods.replaced(all);
          } else if (one.kind === 'changed') {
            known.set(one.name, of(one.name, one.state));
            pods.changed(of(one.name, one.state));
          } else {
            known.delete(one.name);
            pods.deleted(of(one.name, one.state));
          }
        }
        const wanted = [...known.values()]
          .filter(isReady)
          .flatMap((p) => endpointsOf(p, [8000, 8001]).map(({ id, address }) => id + address));
        expect(
          table
            .all()
            .map(({ id, metadata }) => id + metadata.address)
            .sort(),
        ).toEqual(wanted.sort());
      }),
    );
  });
});

test.each([
  ['my-epp-7d9c5b8f6d-x2x4z', 'my-epp'],
  ['epp-7d9c5b8f6d-x2x4z', 'epp'],
  ['epp-0', 'epp-0'],
  ['alone', 'alone'],
])('pod %s belongs to %s', (podName, name) => {
  expect(deploymentOf(podName)).toBe(name);
});
