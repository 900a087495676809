import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { outputToken, resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';
import { chartProps, gateway, NAMESPACE } from './serving';

const config = new pulumi.Config();
const provider = new k8s.Provider('cluster', { kubeconfig: config.requireSecret('kubeconfig') });

const namespace = new k8s.core.v1.Namespace('namespace', { metadata: { name: NAMESPACE } }, { provider }).metadata.name;

// A value that nobody knows before the object is there: the API server makes the uid.
const build = new k8s.core.v1.ConfigMap('build', { metadata: { name: 'build', namespace } }, { provider });
const tag = config.getBoolean('withoutTag') ? build.data.apply((data) => data?.tag as string) : build.metadata.uid;
const routerImage = `registry.example.com/llm/llm-d-epp:${outputToken(tag)}`;

const limit = config.getNumber('limit');
const patience = config.get('patience');
const stack = new ServingStack(
  'deepseek',
  { ...chartProps, namespace },
  (chart) => gateway(chart, { routerImage, apiKey: outputToken(config.requireSecret('apiKey')), ...(limit && { limit }) }),
  { provider, ...(patience && { objectOptions: () => ({ customTimeouts: { create: patience, update: patience } }) }) },
);

export const endpoint = resolveTokens(stack.constructs.route.endpoint);
export const image = resolveTokens(routerImage);
