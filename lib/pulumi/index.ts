/**
 * Pulumi side of the library, `cdk8s-llm-d/pulumi`: the only part of it that may import `@pulumi/*`, which are optional peer
 * dependencies. Everything else is imported from `cdk8s-llm-d` as in a cdk8s app.
 *
 * @packageDocumentation
 */

export * from './components/index';
export {
  type FormerComponent,
  type FormerParent,
  type FormerResource,
  type FormerStack,
  movedFromComponents,
  movedFromResources,
  movedFromStack,
} from './moving';
export type { KubernetesResource } from './native-resource';
export type { ObjectOptions } from './object-options';
export { outputToken, resolveTokens } from './output-token';
export type { RegisterOptions } from './register';
export { ServingStack, type ServingStackArgs, type ServingStackOptions } from './serving-stack';
