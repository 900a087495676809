import { BoundedLabel, LabelLimits } from '../../src/telemetry/bounded-label';
import { buckets } from '../../src/telemetry/buckets-catalog';
import { MetricsRegistry } from '../../src/telemetry/registry';
import { RequestMetrics } from '../../src/telemetry/request-metrics';

describe('labels that clients choose', () => {
  test('have so many values and no more', () => {
    const label = new BoundedLabel(2);
    label.pin('configured');
    expect(['a', 'b', 'c', 'a', '', 'configured', 'd'].map((value) => label.bound(value))).toEqual([
      'a',
      'b',
      'other',
      'a',
      '',
      'configured',
      'other',
    ]);
  });

  test('are neither megabytes long nor half a character', () => {
    const label = new BoundedLabel();
    expect(label.bound('m'.repeat(512))).toBe('m'.repeat(512));
    expect(label.bound('m'.repeat(513))).toBe('other');
    expect([label.bound('\ud800'), label.bound('a\udc00b')]).toEqual(['other', 'other']);
    expect(label.bound('\ud83d\ude00')).toBe('\ud83d\ude00');
  });

  test('have 1,000 values each, models and targets together', () => {
    const limits = new LabelLimits();
    const metrics = new RequestMetrics(new MetricsRegistry(), limits);
    for (let i = 0; i < 600; i++) metrics.of({ model: `m${i}`, target: `t${i}`, fairnessId: `f${i}`, priority: 0 });
    expect(limits.models.bound('m499')).toBe('m499');
    expect(limits.models.bound('m501')).toBe('other');
    expect(limits.fairnessIds.bound('f599')).toBe('f599');
    for (let i = 600; i < 1001; i++) metrics.of({ model: '', target: '', fairnessId: `f${i}`, priority: 0 });
    expect(limits.fairnessIds.bound('f999')).toBe('f999');
    expect(limits.fairnessIds.bound('f1000')).toBe('other');
  });

  test('share a series beyond the limit', () => {
    const registry = new MetricsRegistry();
    const limits = new LabelLimits();
    for (let i = 0; i < 1000; i++) limits.models.bound(`m${i}`);
    const metrics = new RequestMetrics(registry, limits);
    const first = metrics.of({ model: 'new', target: 'newer', fairnessId: 'x', priority: -1 });
    const second = metrics.of({ model: 'newest', target: 'none', fairnessId: 'x', priority: -1 });
    expect(first).toBe(second);
    first.running(1);
    second.running(-1);
    expect(registry.text()).toContain(
      'llm_d_epp_request_running{model_name="other",target_model_name="other",fairness_id="x",priority="-1"} 0\n',
    );
  });
});

test('requests without a model do not count as running', () => {
  const registry = new MetricsRegistry();
  new RequestMetrics(registry, new LabelLimits()).of({ model: '', target: '', fairnessId: 'x', priority: 0 }).running(1);
  expect(registry.text()).not.toContain('running');
});

test('there are no series before their first value', () => {
  const registry = new MetricsRegistry();
  new RequestMetrics(registry, new LabelLimits()).of({ model: 'm', target: 't', fairnessId: 'x', priority: 0 });
  expect(
    registry
      .text()
      .split('\n')
      .filter((line) => line.startsWith('# TYPE')),
  ).toEqual([
    '# TYPE llm_d_epp_request_processing_duration_seconds histogram',
    '# TYPE llm_d_epp_response_processing_duration_seconds histogram',
  ]);
});

test('the bounds are those of upstream', () => {
  for (const bounds of Object.values(buckets)) expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
  expect(buckets.requestBytes).toHaveLength(25);
  expect(buckets.requestBytes.at(-1)).toBe(1073741824);
  expect(buckets.responseBytes).toEqual([1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32778, 65536]);
  expect(buckets.outputTokens).toEqual([1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]);
  expect(buckets.firstTokenSeconds.at(-1)).toBe(120);
  expect(buckets.inputTokens.at(-1)).toBe(1048576);
});
