import * as pulumi from '@pulumi/pulumi';
import { LlmdError } from '../validation/error';
import { printable } from './deployment-error';

const CDK8S_VALIDATION = 'Validation failed with the following errors:';

/**
 * Runs `step`; a refusal of this library or of cdk8s' validation becomes an error of `resource`.
 *
 * It is a `ResourceError`, which the CLI prints under the URN of the component and, asked to, without the program's stack: codes and
 * construct paths say where to look. (An `InputPropertiesError` is only understood from components that run in a provider of their own;
 * thrown by a program it is an unhandled exception to the CLI.) All other errors, those of the caller's own code, pass as they are.
 */
export function asResourceError<T>(resource: pulumi.Resource, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof LlmdError || (error instanceof Error && error.message.startsWith(CDK8S_VALIDATION))) {
      const surfaced = new pulumi.ResourceError(error.message, resource, true);
      surfaced.cause = printable(error);
      throw printable(surfaced);
    }
    throw error;
  }
}
