import type * as pulumi from '@pulumi/pulumi';
import type { App } from 'cdk8s';
import { contributionOf } from '../validation/contribution';
import { resolveTokens } from './output-token';

/** Base URL of each route below `app`, by construct path; without those that only the status of a Gateway has. */
export function endpointsOf(app: App): Record<string, pulumi.Output<string>> {
  const routes = app.node.findAll().flatMap((construct) => contributionOf(construct)?.gateway?.().routes ?? []);
  return Object.fromEntries(routes.flatMap(({ path, endpoint }) => (endpoint === undefined ? [] : [[path, resolveTokens(endpoint)]])));
}
