/**
 * Pulumi side of the library, `cdk8s-llm-d/pulumi`: the only part of it that may import `@pulumi/*`. It exports nothing yet.
 *
 * @packageDocumentation
 */
export {};
