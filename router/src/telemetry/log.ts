import pino from 'pino';
import type { Log } from '../plugin/context';

/** Verbosity of `-v` as pino's level: 1 shows warnings, 2 and 3 information, 4 debugging, 5 and more traces. */
export function logLevel(verbosity: number): pino.Level {
  if (verbosity <= 0) return 'error';
  return (['warn', 'info', 'info', 'debug'] as const)[verbosity - 1] ?? 'trace';
}

/** Structured JSON lines on standard error, as upstream's: standard output stays free. */
export function createLog(verbosity: number): Log {
  const destination = pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: logLevel(verbosity),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    },
    destination,
  );
}
