import { because, type Explained } from './explained';

const RESTRICTED = 'the pod security standard "restricted" admits it; the program needs no more';

function restricted(container: string): Explained[] {
  const at = `router.containers.${container}.security`;
  return because(
    RESTRICTED,
    [`${at}.allowPrivilegeEscalation`, undefined, 'false'],
    [`${at}.readOnlyRootFilesystem`, undefined, 'true'],
    [`${at}.runAsNonRoot`, undefined, 'true'],
    [`${at}[capabilities.drop]`, undefined, 'ALL'],
  );
}

/** How every router differs from that of the standalone chart. */
export function routerDifferences(guide: string): Explained[] {
  return [
    ...because(
      "the router of this project, whose tag never moves; RouterImage.upstream() runs upstream's",
      ['router.containers.epp.image', 'ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.9.0', 'llm-d-epp:golden'],
      ['router.containers.epp.pull', 'Always', 'IfNotPresent'],
    ),
    ...because(
      'upstream asks for a token but grants the router the right to check one only with monitoring, so that no scrape succeeds; ' +
        '`metricsAuth` switches it on together with that right',
      ['router.containers.epp.args.--metrics-endpoint-auth', undefined, 'false'],
    ),
    ...because('Recreate leaves a gap of up to the grace period, 130 s; here the new router is ready before the old one goes', [
      'router.strategy',
      'Recreate',
      'RollingUpdate',
    ]),
    ...because(
      'liveness alone would restart a router that waits for its pool or for a render service; the startup probe gives it five minutes',
      ['router.containers.epp.probes.startup.ask', undefined, 'gRPC inference-extension'],
      ['router.containers.epp.probes.startup.port', undefined, '9003'],
      ['router.containers.epp.probes.startup.initialDelay', undefined, '0'],
      ['router.containers.epp.probes.startup.period', undefined, '2'],
      ['router.containers.epp.probes.startup.timeout', undefined, '1'],
      ['router.containers.epp.probes.startup.failures', undefined, '150'],
    ),
    ...because('a native sidecar ends after the router, so that streams which both carry can finish', [
      'router.containers.envoy-proxy.nativeSidecar',
      'false',
      'true',
    ]),
    ...restricted('epp'),
    ...restricted('envoy-proxy'),
    ...because(RESTRICTED, ['router.security[seccompProfile.type]', undefined, 'RuntimeDefault']),
    ...because('the recommended label of Kubernetes; no selector uses it', [
      'router.labels[app.kubernetes.io/name]',
      undefined,
      `${guide}-epp`,
    ]),
    ...because(
      'one Role holds the rules of both; the permissions are the same',
      ['objects.Role', '2', '1'],
      ['objects.RoleBinding', '2', '1'],
    ),
    ...because('a client that names the destination itself would reach every address that the router pod reaches', [
      'envoy.destinationOfClient',
      'kept',
      'removed',
    ]),
    ...because(
      'a pod or router that is gone is given up in seconds, not after a quarter of an hour or a day',
      ['envoy.destinationConnectTimeout', '1000s', '10s'],
      ['envoy.pickerConnectTimeout', '86400s', '5s'],
    ),
    ...because('the router of this project answers health checks on its own port, 9003, where the kubelet asks', [
      'envoy.pickerHealthCheck',
      'gRPC every 10s',
      'none',
    ]),
  ];
}

/** How a configuration for prefill and decode is spelt for v0.10.0 of the router. */
export function disaggregationDifferences(): Explained[] {
  return because(
    'the same in the words of router v0.10.0: the handler writes the headers itself and names a decider for each stage; ' +
      "for RouterImage.upstream('v0.9.0') the old words are rendered",
    ['picker.plugins.disagg-headers-handler', '(no parameters)', undefined],
    ['picker.plugins.disagg-profile-handler.deciderPluginName', 'always-disagg-pd-decider', undefined],
    ['picker.plugins.disagg-profile-handler.deciders.prefill', undefined, 'always-disagg-pd-decider'],
  );
}
