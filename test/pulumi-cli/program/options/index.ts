import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { ServingStack } from 'cdk8s-llm-d/pulumi';
import { EAST, qwen, WEST } from './serving';

const config = new pulumi.Config();
const routerVersion = config.require('routerVersion');

const adopting = config.getBoolean('adopt') ? { upsertExistingObjects: true, enablePatchForce: true } : {};
const eastern = new k8s.Provider('eastern', { namespace: EAST, enableConfigMapMutable: true, ...adopting });
const western = new k8s.Provider('western', { namespace: WEST, enableConfigMapMutable: true });

const labelled: pulumi.ResourceTransform = ({ type, props, opts }) => {
  const { metadata } = props as { metadata: { labels?: object } };
  const changed = { ...metadata, labels: { ...metadata?.labels, team: 'chat' } };
  return type === 'kubernetes:apps/v1:Deployment' ? { props: { ...props, metadata: changed }, opts } : undefined;
};

const first = new k8s.core.v1.ConfigMap('first', { metadata: { name: 'first' } }, { provider: eastern });
const east = new ServingStack(
  'east',
  {},
  (chart) => {
    const route = qwen(chart, routerVersion);
    if (config.getBoolean('force')) route.router.deployment.metadata.addAnnotation('pulumi.com/patchForce', 'true');
    return route;
  },
  { provider: eastern, transforms: [labelled], dependsOn: [first] },
);
new k8s.core.v1.ConfigMap('last', { metadata: { name: 'last' } }, { provider: eastern, dependsOn: [east] });

const west = new ServingStack('west', {}, (chart) => qwen(chart, routerVersion), { providers: [western], await: false });

export const endpoints = { east: east.endpoints, west: west.endpoints };
