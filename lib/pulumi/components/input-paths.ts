/** Texts of the args of servers that may be known only at deployment; `*` is one step of a path, `**` all further steps. */
const SERVERS = [
  'namespace',
  'imageRegistry',
  'labels.*',
  'annotations.*',
  'imagePullSecrets.*',
  'priorityClassName',
  'serviceAccountName',
  'podTemplate.**',
  'prefill.podTemplate.**',
  'decode.podTemplate.**',
];

/** Those of each route and router. */
const ROUTE = [
  'match.hostname',
  'match.headers.*',
  'match.modelName',
  'router.env.**',
  'router.volumes.**',
  'router.volumeMounts.**',
  'router.affinity.**',
  'router.tolerations.**',
  'router.sidecars.**',
  'router.nodeSelector.*',
  'router.podLabels.*',
  'router.podAnnotations.*',
  'router.monitorLabels.*',
  'router.imagePullSecrets.*',
  'router.priorityClassName',
  'router.tracing.endpoint',
  'router.tokenizer.image',
  'router.tokenizer.model',
  'router.tokenizer.extraArgs.*',
  'router.tokenizer.volumes.**',
  'router.tokenizer.nodeSelector.*',
];

/** Those of a gateway. */
const GATEWAY = [
  'address',
  'existing.*',
  'namespaceLabels.*',
  'listeners.*.hostname',
  'listeners.*.certificateRefs.*.*',
  ...ROUTE.flatMap((path) => [`models.*.${path}`, `splits.*.${path}`, `splits.*.members.*.${path}`]),
];

const STEPS: Readonly<Record<string, string>> = { '*': '[^/]+', '**': '.+' };

const PATTERNS = [...SERVERS, ...GATEWAY].map(
  (path) =>
    new RegExp(
      `^${path
        .split('.')
        .map((step) => STEPS[step] ?? step)
        .join('/')}$`,
    ),
);

/** True for a place of the args whose value may be known only at deployment. */
export function isInputPath(path: readonly string[]): boolean {
  // Keys of labels hold slashes.
  const text = path.map((step) => step.replaceAll('/', '-')).join('/');
  return PATTERNS.some((pattern) => pattern.test(text));
}
