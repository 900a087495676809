import { checkRouterFlags, flagCatalog, type PluginSpec, pluginCatalog } from 'llm-d-epp-config';
import { accepted, document, expectIssue, issuesOf, withPlugins } from './support';

const upstream = [...pluginCatalog.values()].filter((spec) => spec.type !== 'module');
const count = (holds: (spec: PluginSpec) => boolean) => upstream.filter(holds).length;

describe('plugin catalog', () => {
  test('has the 97 types of upstream and module', () => {
    expect(upstream).toHaveLength(97);
    expect(pluginCatalog.size).toBe(98);
  });

  test.each([
    ['profile-handler', 5],
    ['headers-handler', 2],
    ['decider', 3],
    // The 14 filters, context-length-aware and the two detectors.
    ['filter', 17],
    ['scorer', 20],
    ['picker', 3],
    ['screener', 1],
    ['admitter', 2],
    ['request-plugin', 3],
    // The 11 producers and precise-prefix-cache-scorer.
    ['producer', 12],
    ['discovery', 2],
    ['source', 6],
    ['fairness-policy', 3],
    ['ordering-policy', 3],
    ['usage-limit-policy', 3],
    ['saturation-detector', 2],
    ['parser', 7],
  ] as const)('%s: %i', (kind, expected) => {
    expect(count((spec) => spec.kinds.includes(kind))).toBe(expected);
  });

  test('knows which types came when', () => {
    expect(count((spec) => spec.since === undefined)).toBe(71);
    expect(count((spec) => spec.since === 'v0.10.0')).toBe(25);
    expect(upstream.filter((spec) => spec.since === 'main').map((spec) => spec.type)).toEqual(['sglanghttp-parser']);
  });

  test('every row says what the plugin does', () => {
    for (const spec of upstream) expect(spec.summary).toMatch(/^\S.*[^.]$/);
  });
});

describe('router versions', () => {
  test('a version that is none names those that are', () => {
    const options = { version: 'v0.9' as 'v0.9.0' };
    const message = 'option version is "v0.9", write "v0.9.0", "v0.10.0" or "main"';
    expect(issuesOf(document({}), options)).toEqual([{ code: 'EPP005', path: '', message, severity: 'error' }]);
    expect(checkRouterFlags({}, options).issues).toEqual([{ code: 'EPP005', path: '', message, severity: 'error' }]);
  });

  test('types, parameters, fields, words and gates that a version lacks are errors', () => {
    const version = 'v0.9.0';
    expectIssue(withPlugins(['topology-extractor']), 'EPP014', 'plugins[0].type', ['needs v0.10.0 or newer', 'v0.9.0'], { version });
    const scorer = { type: 'prefix-cache-scorer', parameters: { matchLengthWeight: 0.5 } };
    expectIssue(withPlugins([scorer]), 'EPP014', 'plugins[0].parameters.matchLengthWeight', ['needs v0.10.0'], { version });
    expectIssue(document({ flowControl: { enableEviction: true } }), 'EPP014', 'flowControl.enableEviction', ['needs v0.10.0'], {
      version,
    });
    expectIssue(
      document({ dataLayer: { peerDiscovery: { pluginRef: 'x' } } }),
      'EPP014',
      'dataLayer.peerDiscovery',
      ['came after v0.10.0'],
      { version: 'v0.10.0' },
    );
    const detector = { type: 'concurrency-detector', parameters: { concurrencyMode: 'hybrid' } };
    expectIssue(withPlugins([detector]), 'EPP014', 'plugins[0].parameters.concurrencyMode', ['"hybrid" needs v0.10.0'], { version });
    expectIssue(document({ featureGates: ['haPopulateNonLeaderDatastore'] }), 'EPP014', 'featureGates[0]', ['needs v0.10.0'], { version });
    expectIssue(document({ featureGates: ['flowControl=true'] }), 'EPP014', 'featureGates[0]', ['write "flowControl"'], { version });
  });

  test('what a version still knows is accepted there only', () => {
    const config = withPlugins([{ type: 'session-affinity-scorer', parameters: { headerName: 'x' } }], { featureGates: ['dataLayer'] });
    accepted(config, { version: 'v0.9.0' });
    expectIssue(config, 'EPP014', 'plugins[0].parameters.headerName', ['was removed in v0.10.0'], { allowExperimental: true });
    expectIssue(config, 'EPP014', 'featureGates[0]', ['was removed in v0.10.0'], { allowExperimental: true });
  });
});

describe('flags', () => {
  const codesOf = (flags: Parameters<typeof checkRouterFlags>[0]) =>
    checkRouterFlags({ 'pool-name': 'pool', ...flags }).issues.map((issue) => [issue.code, issue.path]);

  test('defaults pass their own check', () => {
    const given = flagCatalog.filter((spec) => spec.refused === undefined && spec.removedIn === undefined);
    const flags = Object.fromEntries(given.map((spec) => [spec.name, spec.default]));
    expect(codesOf({ ...flags, 'pool-name': 'pool' })).toEqual([]);
  });

  test.each([
    [{ 'config-file': '/a', 'config-text': 'b' }, 'EPP092', '--config-text'],
    [{ 'pool-name': '' }, 'EPP092', '--pool-name'],
    [{ 'endpoint-selector': 'a=b', 'endpoint-target-ports': [8000] }, 'EPP092', '--pool-name'],
    [{ 'pool-name': '', 'endpoint-selector': 'a=b' }, 'EPP092', '--endpoint-target-ports'],
    [{ 'pool-name': '', 'endpoint-selector': 'a=b', 'endpoint-target-ports': '1,70000' }, 'EPP091', '--endpoint-target-ports'],
    [{ 'metrics-client-ca-file': '/ca' }, 'EPP092', '--metrics-client-ca-file'],
    [{ 'metrics-cert-dir': '/c', 'metrics-endpoint-auth': false }, 'EPP092', '--metrics-cert-dir'],
    [{ 'refresh-metrics-interval': '10ms' }, 'EPP015', '--refresh-metrics-interval'],
    [{ 'lora-info-metric': 'x' }, 'EPP093', '--lora-info-metric'],
    [{ 'grpc-prt': 9002 }, 'EPP090', '--grpc-prt'],
    [{ 'grpc-port': 'http' }, 'EPP091', '--grpc-port'],
    [{ tracing: 'maybe' }, 'EPP091', '--tracing'],
    [{ 'drain-timeout': '30' }, 'EPP091', '--drain-timeout'],
    [{ 'grpc-max-recv-msg-size': 'large' }, 'EPP091', '--grpc-max-recv-msg-size'],
    [{ 'tls-min-version': 'TLS1.2' }, 'EPP091', '--tls-min-version'],
    [{ 'model-server-metrics-port': 1 }, 'EPP014', '--model-server-metrics-port'],
  ])('%j gives %s at %s', (flags, code, path) => {
    expect(codesOf(flags as Parameters<typeof checkRouterFlags>[0])).toContainEqual([code, path]);
  });

  test('good combinations', () => {
    expect(codesOf({ 'pool-name': '', 'endpoint-selector': 'a=b', 'endpoint-target-ports': [8000, 8000, 8001] })).toEqual([]);
    expect(codesOf({ 'grpc-max-recv-msg-size': '10MiB', 'config-file': '/a', 'tls-min-version': 'VersionTLS13' })).toEqual([]);
    expect(checkRouterFlags({ 'pool-name': 'a', 'drain-timeout': '1s' }, { version: 'v0.9.0' }).issues).toMatchObject([{ code: 'EPP014' }]);
  });
});
