import { Duration, Size } from 'cdk8s';
import { mebibytesOf, secondsOf } from '../../lib/util/units';
import { thrownBy } from '../support/errors';

test('seconds are whole, rounded up', () => {
  expect(secondsOf('x', Duration.millis(1001))).toBe(2);
  expect(secondsOf('x', Duration.hours(1))).toBe(3600);
  expect(secondsOf('x', Duration.seconds(0))).toBe(0);
  expect(thrownBy(() => secondsOf('timeout', Duration.seconds(9), 10)).detail).toBe(
    '`timeout` is 9: it must be a whole number of at least 10',
  );
});

test('MiB are whole, rounded up', () => {
  expect(mebibytesOf('x', Size.kibibytes(1025))).toBe(2);
  expect(mebibytesOf('x', Size.gibibytes(2))).toBe(2048);
  expect(thrownBy(() => mebibytesOf('size', Size.kibibytes(0))).code).toBe('LLMD104');
});
