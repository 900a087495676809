import type { Duration, Size } from 'cdk8s';
import { checkInteger, checkMethod } from './check';

/** Whole seconds of a duration, rounded up; throws LLMD104 when there are fewer than `min`. */
export function secondsOf(prop: string, duration: Duration, min = 0): number {
  checkMethod(prop, duration, 'toMilliseconds', 'Duration of cdk8s, e.g. Duration.minutes(5)');
  const seconds = Math.ceil(duration.toMilliseconds() / 1000);
  checkInteger(prop, seconds, min);
  return seconds;
}

/** Whole MiB of a size, rounded up; throws LLMD104 when there are fewer than `min`. */
export function mebibytesOf(prop: string, size: Size, min = 1): number {
  checkMethod(prop, size, 'toKibibytes', 'Size of cdk8s, e.g. Size.gibibytes(8)');
  const mebibytes = Math.ceil(size.toKibibytes() / 1024);
  checkInteger(prop, mebibytes, min);
  return mebibytes;
}
