import type { Duration, Size } from 'cdk8s';
import { checkInteger } from './check';

/** Whole seconds of a duration, rounded up; throws LLMD104 when there are fewer than `min`. */
export function secondsOf(prop: string, duration: Duration, min = 0): number {
  const seconds = Math.ceil(duration.toMilliseconds() / 1000);
  checkInteger(prop, seconds, min);
  return seconds;
}

/** Whole MiB of a size, rounded up; throws LLMD104 when there are fewer than `min`. */
export function mebibytesOf(prop: string, size: Size, min = 1): number {
  const mebibytes = Math.ceil(size.toKibibytes() / 1024);
  checkInteger(prop, mebibytes, min);
  return mebibytes;
}
