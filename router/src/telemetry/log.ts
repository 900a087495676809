import pino from 'pino';
import { systemClock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import { ThrottledLog } from './throttled-log';

/** Who debugs wants each line. */
const EVERY_LINE = 4;

/** Verbosity of `-v` as pino's level: 1 shows warnings, 2 and 3 information, 4 debugging, 5 and more traces. */
export function logLevel(verbosity: number): pino.Level {
  if (verbosity <= 0) return 'error';
  return (['warn', 'info', 'info', 'debug'] as const)[verbosity - 1] ?? 'trace';
}

/** Structured JSON lines on standard error, as upstream's: standard output stays free. Below debugging, few of each message in a second. */
export function createLog(verbosity: number): Log {
  const destination = pino.destination({ dest: 2, sync: true });
  const lines = pino(
    {
      level: logLevel(verbosity),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    },
    destination,
  );
  return verbosity >= EVERY_LINE ? lines : new ThrottledLog(lines, systemClock);
}
