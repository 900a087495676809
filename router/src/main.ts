#!/usr/bin/env node
import { Flags, usage } from './config/flags';
import { unknownVariables } from './config/variables';
import { Router } from './process/router';
import { createLog } from './telemetry/log';

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage());
    return;
  }
  const flags = Flags.parse(args);
  const log = createLog(flags.integer('v'));
  for (const warning of flags.warnings) log.warn({}, warning);
  for (const warning of unknownVariables(process.env)) log.warn({}, warning);
  const router = new Router(flags, process.env, log);
  let draining = false;
  const end = (signal: string): void => {
    // A second signal ends at once, for those who do not want to wait.
    if (draining) process.exit(1);
    draining = true;
    log.info({ signal }, 'asked to end');
    router.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the router did not end well');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and nobody listened'));
  await router.start();
}

/** What only a mistake of the program throws; the stack tells where. */
const DEFECTS = [TypeError, RangeError, ReferenceError];

function defectOf(error: unknown): Error | undefined {
  // What has a code comes from the system: a file that is not there, a module that can not be loaded.
  if (!(error instanceof Error) || 'code' in error) return undefined;
  return DEFECTS.some((type) => error instanceof type) ? error : defectOf(error.cause);
}

/** Mistakes of the user are a message; those of the program have their stack too. */
function fail(error: unknown): never {
  const stack = defectOf(error)?.stack;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`llm-d-epp can not start: ${text}\n${stack === undefined ? '' : `${stack}\n`}`);
  process.exit(1);
}

main(process.argv.slice(2)).catch(fail);
