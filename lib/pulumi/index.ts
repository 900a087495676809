/**
 * Pulumi side of the library, `cdk8s-llm-d/pulumi`: the only part of it that may import `@pulumi/*`.
 *
 * @packageDocumentation
 */
export { ServingStack, type ServingStackArgs, type ServingStackOptions } from './serving-stack';
