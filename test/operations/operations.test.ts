import { Duration } from 'cdk8s';
import { Autoscaling } from '../../lib/operations/autoscaling';
import { Disruption } from '../../lib/operations/disruption';
import { Monitoring } from '../../lib/operations/monitoring';
import { type Any, pair, serving, templatesOf, wide } from '../servers/synth';
import { thrownBy } from '../support/errors';

const METRIC = { type: 'Pods', pods: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '4' } } } as const;
const HPA = Autoscaling.hpa({ min: 2, max: 6, metrics: [METRIC] });
const holds = (labels: Record<string, string>, selector: Record<string, string>) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

describe('an autoscaler', () => {
  test('owns the number of replicas', () => {
    const { workload, one, servers } = serving({ autoscaling: HPA });
    expect(workload.spec).not.toHaveProperty('replicas');
    const { spec, metadata } = one('HorizontalPodAutoscaler');
    expect(metadata.name).toBe('m-decode');
    expect(spec.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'm-decode' });
    expect(spec.minReplicas).toBe(2);
    expect(spec.maxReplicas).toBe(6);
    expect(spec.metrics).toEqual([METRIC]);
    expect(servers.plan.roles[0]?.replicas).toBeUndefined();
    expect(servers.plan.roles[0]?.maxReplicas).toBe(6);
  });

  test('takes its time to scale down, unless told otherwise', () => {
    expect(serving({ autoscaling: HPA }).one('HorizontalPodAutoscaler').spec.behavior).toEqual({
      scaleDown: { stabilizationWindowSeconds: 300 },
    });
    const own = Autoscaling.hpa({
      max: 2,
      metrics: [METRIC],
      scaleUp: { stabilizationWindowSeconds: 10 },
      scaleDown: { stabilizationWindowSeconds: 20 },
    });
    expect(serving({ autoscaling: own }).one('HorizontalPodAutoscaler').spec.behavior).toEqual({
      scaleUp: { stabilizationWindowSeconds: 10 },
      scaleDown: { stabilizationWindowSeconds: 20 },
    });
  });

  test('scales whole groups, and one role only', () => {
    const { one, servers } = wide({ decode: { parallelism: { data: 16 }, autoscaling: HPA } });
    expect(one('HorizontalPodAutoscaler').spec.scaleTargetRef).toMatchObject({ kind: 'LeaderWorkerSet', name: 'm-decode' });
    expect(one('LeaderWorkerSet', 'm-decode').spec).not.toHaveProperty('replicas');
    expect(one('LeaderWorkerSet', 'm-prefill').spec.replicas).toBe(1);
    expect(servers.prefill?.autoscaler).toBeUndefined();
    expect(servers.decode.autoscaler).toBeDefined();
  });

  test.each([
    ['LLMD104', { min: 0, max: 2, metrics: [METRIC] }],
    ['LLMD104', { min: 3, max: 2, metrics: [METRIC] }],
    ['LLMD104', { max: Number.NaN, metrics: [METRIC] }],
    ['LLMD105', { max: 2, metrics: [] }],
  ])('%s: %p', (code, options) => {
    expect(thrownBy(() => Autoscaling.hpa(options)).code).toBe(code);
  });

  test('leaves the lists of the user alone', () => {
    const metrics = [METRIC];
    Autoscaling.hpa({ max: 2, metrics });
    expect(Object.isFrozen(metrics)).toBe(false);
  });
});

describe('a disruption budget', () => {
  test('selects the pods of its role, workers too', () => {
    const { one, workload } = serving({ disruption: Disruption.minAvailable('50%'), parallelism: { tensor: 8, pipeline: 2 } });
    const { spec, metadata } = one('PodDisruptionBudget');
    expect(metadata.name).toBe('m-decode');
    expect(spec.minAvailable).toBe('50%');
    for (const template of templatesOf(workload)) {
      expect(holds(template.metadata.labels, spec.selector.matchLabels)).toBe(true);
    }
  });

  test('does not select the other role', () => {
    const { one, prefill, decode } = pair({ prefill: { disruption: Disruption.maxUnavailable(1) } });
    const { matchLabels } = one('PodDisruptionBudget').spec.selector;
    expect(holds(prefill.template.metadata.labels, matchLabels)).toBe(true);
    expect(holds(decode.template.metadata.labels, matchLabels)).toBe(false);
  });

  test('writes a number as a number', () => {
    const value = (disruption: Disruption) => serving({ disruption }).one('PodDisruptionBudget').spec.maxUnavailable;
    expect(value(Disruption.maxUnavailable('2'))).toBe(2);
    expect(value(Disruption.maxUnavailable(0))).toBe(0);
    expect(value(Disruption.maxUnavailable('100%'))).toBe('100%');
  });

  test.each([-1, 1.5, Number.NaN, '101%', '%', 'half', ''])('refuses %p', (value) => {
    expect(thrownBy(() => Disruption.maxUnavailable(value)).code).toBe('LLMD107');
    expect(thrownBy(() => Disruption.minAvailable(value)).code).toBe('LLMD107');
  });
});

describe('a monitor', () => {
  const endpoints = (monitor: Any) => monitor.spec.podMetricsEndpoints;

  test.each([
    ['aggregated', () => serving({ monitoring: Monitoring.podMonitor() })],
    ['split', () => pair({ monitoring: Monitoring.podMonitor() })],
    ['wide', () => wide({ monitoring: Monitoring.podMonitor() })],
    ['pipeline', () => serving({ monitoring: Monitoring.podMonitor(), parallelism: { tensor: 8, pipeline: 2 } })],
  ])('scrapes ports that the pods which it selects have: %s', (_, build) => {
    const { all } = build();
    const templates = [...all('Deployment'), ...all('LeaderWorkerSet')].flatMap(templatesOf);
    for (const monitor of all('PodMonitor')) {
      const selected = templates.filter(({ metadata }) => holds(metadata.labels, monitor.spec.selector.matchLabels));
      expect(selected).toHaveLength(1);
      const ports = selected[0].spec.containers[0].ports.map(({ name }: Any) => name);
      for (const { port, path } of endpoints(monitor)) {
        expect(ports).toContain(port);
        expect(path).toBe('/metrics');
      }
    }
    expect(all('PodMonitor')).toHaveLength(all('Deployment').length + all('LeaderWorkerSet').length);
  });

  test('asks every half minute, each rank of a wide group every five seconds', () => {
    expect(endpoints(serving({ monitoring: Monitoring.podMonitor() }).one('PodMonitor'))).toEqual([
      { port: 'modelserver', path: '/metrics', interval: '30s' },
    ]);
    const ranks = endpoints(wide({ monitoring: Monitoring.podMonitor() }).one('PodMonitor', 'm-decode'));
    expect(ranks).toHaveLength(8);
    expect(ranks[0]).toEqual({ port: 'vllm-rank0', path: '/metrics', interval: '5s' });
  });

  test('takes an interval and labels', () => {
    const monitoring = Monitoring.podMonitor({ interval: Duration.millis(1500), labels: { release: 'prometheus' } });
    const monitor = serving({ monitoring }).one('PodMonitor');
    expect(endpoints(monitor)[0].interval).toBe('2s');
    expect(monitor.metadata.labels).toMatchObject({ release: 'prometheus', 'app.kubernetes.io/name': 'm' });
  });

  test('refuses what the API server would refuse', () => {
    expect(thrownBy(() => Monitoring.podMonitor({ labels: { a: 'x'.repeat(64) } })).code).toBe('LLMD102');
    expect(thrownBy(() => serving({ monitoring: Monitoring.podMonitor({ interval: Duration.seconds(0) }) })).code).toBe('LLMD104');
  });
});
