import { because, type Explained } from './explained';

/** Labels, and the container's own security: of every role. */
export function roleDifferences(guide: string, role: string): Explained[] {
  const engine = `${role}.containers.modelserver`;
  return [
    ...because(
      'the recommended labels of Kubernetes; no selector uses them',
      [`${role}.labels[app.kubernetes.io/component]`, undefined, role],
      [`${role}.labels[app.kubernetes.io/name]`, undefined, guide],
      [`${role}.labels[app.kubernetes.io/part-of]`, undefined, 'llm-d'],
    ),
    ...because(
      'the engine never gains privileges; what it needs beyond none is added by name',
      [`${engine}.security.allowPrivilegeEscalation`, undefined, 'false'],
      [`${engine}.security[capabilities.drop]`, undefined, 'ALL'],
      [`${role}.security[seccompProfile.type]`, undefined, 'RuntimeDefault'],
    ),
  ];
}

/** Of the roles that run as a Deployment. */
export function deploymentDifferences(role: string, model: string): Explained[] {
  return [
    ...because(
      'weights have a volume of their own whatever the user and its home; upstream relies on the home being `/`',
      [`${role}.containers.modelserver.env.HF_HUB_CACHE`, undefined, '/var/cache/huggingface'],
      [`${role}.containers.modelserver.env.HF_HOME`, undefined, '/.cache/huggingface'],
      [`${role}.containers.modelserver.mounts[/var/cache/huggingface]`, undefined, 'emptyDir'],
    ),
    ...because(
      'the selector of a Deployment cannot be changed: with the model and the device in it, a new model would need a new Deployment',
      [`${role}.selector[llm-d.ai/model]`, model, undefined],
      [`${role}.selector[llm-d.ai/accelerator-vendor]`, 'nvidia', undefined],
      [`${role}.selector[llm-d.ai/accelerator-variant]`, 'gpu', undefined],
    ),
    ...because(
      'upstream runs the engine as whatever user the image names, which is root; with user 2000 the pod security standard "restricted" admits it',
      [`${role}.security.runAsNonRoot`, undefined, 'true'],
      [`${role}.security.runAsUser`, undefined, '2000'],
      [`${role}.security.fsGroup`, undefined, '2000'],
    ),
    ...because('without it the kubelet walks every file of a cache that outlives the pod at each start', [
      `${role}.security.fsGroupChangePolicy`,
      undefined,
      'OnRootMismatch',
    ]),
  ];
}

/** Of the routing proxy beside a decode engine. */
export function proxyDifferences(): Explained[] {
  const at = 'decode.containers.routing-proxy';
  return [
    ...because('the tag of a release does not move, and a registry that is down must not keep a pod from starting', [
      `${at}.pull`,
      'Always',
      'IfNotPresent',
    ]),
    ...because(
      'without a request the proxy has no processor time of its own beside a busy engine',
      [`${at}.requests.cpu`, undefined, '250m'],
      [`${at}.requests.memory`, undefined, '256Mi'],
    ),
    ...because(
      'runAsNonRoot needs a number where the pod names another user or none; this is the user of the image',
      [`${at}.security.runAsUser`, undefined, '65532'],
      [`${at}.security[capabilities.drop]`, undefined, 'ALL'],
    ),
  ];
}
