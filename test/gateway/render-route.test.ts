import { Duration } from 'cdk8s';
import fc from 'fast-check';
import { gatewayDuration } from '../../lib/gateway/render-route';

test.each([
  [undefined, '0s'],
  [Duration.seconds(300), '5m'],
  [Duration.millis(1500), '1s500ms'],
  [Duration.days(2), '48h'],
  [Duration.seconds(3661), '1h1m1s'],
])('%s is written as %s', (duration, text) => {
  expect(gatewayDuration(duration)).toBe(text);
});

test('every duration is legal for the Gateway API and loses nothing', () => {
  const unit: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300_000_000 }), (millis) => {
      const text = gatewayDuration(Duration.millis(millis));
      expect(text).toMatch(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);
      const sum = [...text.matchAll(/(\d+)(ms|h|m|s)/g)].reduce(
        (total, [, value, name]) => total + Number(value) * unit[name as string]!,
        0,
      );
      expect(sum).toBe(millis);
    }),
  );
});
