import { MetricsRegistry } from '../../src/telemetry/registry';

describe('the metrics page', () => {
  test('has counters, gauges and histograms in the text format', () => {
    const registry = new MetricsRegistry();
    registry.counter('c_total', 'A counter.', ['model']).with('a').inc(2);
    registry.gauge('g', 'A gauge.').with().set(-1.5);
    const histogram = registry.histogram('h_seconds', 'A histogram.', [0.1, 1], ['m']).with('x');
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value);
    expect(registry.text()).toBe(
      [
        '# HELP c_total A counter.',
        '# TYPE c_total counter',
        'c_total{model="a"} 2',
        '# HELP g A gauge.',
        '# TYPE g gauge',
        'g -1.5',
        '# HELP h_seconds A histogram.',
        '# TYPE h_seconds histogram',
        'h_seconds_bucket{m="x",le="0.1"} 2',
        'h_seconds_bucket{m="x",le="1"} 3',
        'h_seconds_bucket{m="x",le="+Inf"} 4',
        'h_seconds_sum{m="x"} 7.65',
        'h_seconds_count{m="x"} 4',
        '',
      ].join('\n'),
    );
  });

  test('writes large bounds as Go does, also of the largest bucket in use', () => {
    const registry = new MetricsRegistry();
    registry.histogram('h', 'A histogram.', [0.0001, 524288, 1048576, 1 << 30, 1e21]).with();
    const bounds = [...registry.text().matchAll(/le="([^"]*)"/g)].map(([, bound]) => bound);
    expect(bounds).toEqual(['0.0001', '524288', '1.048576e+06', '1.073741824e+09', '1e+21', '+Inf']);
  });

  test('escapes label values and help', () => {
    const registry = new MetricsRegistry();
    registry.counter('c', 'one\ntwo \\', ['l']).with('a"b\\c\nd').inc();
    expect(registry.text()).toContain('# HELP c one\\ntwo \\\\');
    expect(registry.text()).toContain('c{l="a\\"b\\\\c\\nd"} 1');
  });

  test('has the same series for the same labels, and none after removal', () => {
    const family = new MetricsRegistry().gauge('g', 'A gauge.', ['a', 'b']);
    expect(family.with('x', 'y')).toBe(family.with('x', 'y'));
    expect(family.with('x', 'y')).not.toBe(family.with('xy', ''));
    const before = family.with('x', 'y');
    family.remove('x', 'y');
    expect(family.with('x', 'y')).not.toBe(before);
    expect(() => family.with('x')).toThrow('g has 2 labels, not 1');
  });

  test('runs collectors first', () => {
    const registry = new MetricsRegistry();
    const gauge = registry.gauge('g', 'A gauge.').with();
    registry.collect(() => gauge.set(42));
    expect(registry.text()).toContain('g 42');
  });
});
