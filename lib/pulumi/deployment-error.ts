import { RunError } from '@pulumi/pulumi';
import { LlmdError } from '../validation/error';

const KNOWN = new WeakMap<object, unknown>();

/**
 * Runs a step of an `apply`; whatever such a step refuses has to go through here.
 *
 * A refusal of this library becomes a `RunError`, of which the CLI prints the sentence and nothing else. What is wrong with `subject` is
 * the same error wherever it is used, and the CLI prints an error once. Other errors, of a function of the program say, pass.
 */
export function atDeployment<T>(step: () => T, subject: object = {}): T {
  try {
    return step();
  } catch (error) {
    const known = KNOWN.get(subject) ?? (error instanceof LlmdError ? refusal(error) : printable(error));
    KNOWN.set(subject, known);
    throw known;
  }
}

function refusal({ message }: LlmdError): Error {
  const error = new RunError(message);
  // Where in the SDK it was found says nothing.
  error.stack = message;
  // The SDK puts `error serializing property …` before it for each resource that holds the value.
  Object.defineProperty(error, 'message', { get: () => message, set: () => undefined });
  return error;
}

/**
 * An error without those lines of its stack that are in `node_modules`. With source maps the SDK's own read
 * `node_modules/@pulumi/output.ts` in everything that is called by an `apply`, and printing such a line in colours, as the SDK does with
 * each error, never ends on Node 20: the program would hang and take all memory.
 */
export function printable<T>(error: T): T {
  if (error instanceof Error && error.stack !== undefined) {
    error.stack = error.stack
      .split('\n')
      .filter((line) => !/^\s+at .*node_modules/.test(line))
      .join('\n');
  }
  return error;
}
