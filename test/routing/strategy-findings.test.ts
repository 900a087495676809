import { Filter } from '../../lib/routing/filter';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { strategyFindings } from '../../lib/routing/strategy-findings';
import { AGGREGATED, EVENTS, rolePlan, SPLIT, serversPlan, WIDE } from './servers';

const codes = (...args: Parameters<typeof strategyFindings>) => strategyFindings(...args).map(({ code }) => code);

test('the default strategy fits its servers', () => {
  for (const servers of [AGGREGATED, SPLIT, WIDE, EVENTS, serversPlan('wide-ep', ['decode'])]) {
    expect(strategyFindings(RoutingStrategy.defaultFor(servers), servers)).toEqual([]);
  }
});

describe('roles', () => {
  test('a role that no pod has is missing (LLMD511)', () => {
    const findings = strategyFindings(RoutingStrategy.prefillDecode(), AGGREGATED);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toEqual({
      code: 'LLMD511',
      severity: 'error',
      path: 'app/qwen3',
      message:
        'strategy "prefill-decode" sends requests to role "prefill", but "qwen3" has only "decode": choose another strategy, or add the role',
    });
    expect(codes(RoutingStrategy.loadAware().withFilter(Filter.encodeRole()), AGGREGATED)).toEqual(['LLMD511']);
  });

  test('pods of both roles serve either', () => {
    expect(codes(RoutingStrategy.prefillDecode(), serversPlan('prefill-decode', ['prefill-decode']))).toEqual([]);
  });

  test('a strategy without roles over split servers is an error (LLMD512)', () => {
    expect(codes(RoutingStrategy.prefixAware(), SPLIT)).toEqual(['LLMD512']);
    expect(codes(RoutingStrategy.wideEp({ prefillDecode: false }), WIDE)).toEqual(['LLMD512']);
  });

  test('unless it tells them apart by labels, by a filter, or by plugins of its own', () => {
    expect(codes(RoutingStrategy.prefixAware().withFilter(Filter.labelSelector({ 'llm-d.ai/role': 'decode' })), SPLIT)).toEqual([]);
    expect(codes(RoutingStrategy.prefixAware().withFilter(Filter.decodeRole()), SPLIT)).toEqual([]);
    expect(codes(RoutingStrategy.custom({ plugins: [{ type: 'mine' }] }, { plugins: ['mine'] }), SPLIT)).toEqual([]);
    expect(codes(RoutingStrategy.custom({ plugins: [{ type: 'queue-scorer' }] }), SPLIT)).toEqual(['LLMD512']);
  });

  test('decode pods without a sidecar cannot read which prefill server was chosen (LLMD516)', () => {
    const servers = { ...SPLIT, roles: [rolePlan('prefill', false), rolePlan('decode', false)] };
    const findings = strategyFindings(RoutingStrategy.prefillDecode(), servers);
    expect(findings.map(({ code, path }) => [code, path])).toEqual([['LLMD516', 'app/qwen3/decode']]);
    expect(findings[0]?.message).toContain('"qwen3-decode" has no routing sidecar');
    expect(codes(RoutingStrategy.prefixAware().withFilter(Filter.decodeRole()), servers)).toEqual([]);
  });
});

describe('KV-cache events', () => {
  const precise = RoutingStrategy.precisePrefix();

  test('must be published (LLMD513) and have a known block size (LLMD514)', () => {
    expect(codes(precise, AGGREGATED)).toEqual(['LLMD513', 'LLMD514']);
    expect(codes(precise, { ...EVENTS, kvBlockTokens: undefined })).toEqual(['LLMD514']);
    expect(codes(precise, { ...EVENTS, kvEventsPort: undefined })).toEqual(['LLMD513']);
    expect(codes(precise, EVENTS)).toEqual([]);
  });

  test('a block size in the strategy stands in for one that the servers leave open', () => {
    expect(codes(RoutingStrategy.precisePrefix({ blockTokens: 16 }), { ...EVENTS, kvBlockTokens: undefined })).toEqual([]);
  });

  test.each([
    [64, true],
    [16, true],
    [128, true],
    [48, false],
    [96, false],
  ])('blocks of %i tokens over an engine of 64: fit is %p (LLMD515)', (blockTokens, fits) => {
    expect(codes(RoutingStrategy.precisePrefix({ blockTokens }), EVENTS)).toEqual(fits ? [] : ['LLMD515']);
  });

  test('the router must read the port on which servers publish (LLMD517)', () => {
    const on = (kvEventsConfig: object) => precise.withParameters('precise-prefix-cache-producer', { kvEventsConfig });
    expect(codes(on({ podDiscoveryConfig: { socketPort: 5557 } }), EVENTS)).toEqual(['LLMD517']);
    expect(codes(on({ podDiscoveryConfig: { socketPort: 5556 } }), EVENTS)).toEqual([]);
    expect(codes(on({ concurrency: 2 }), EVENTS)).toEqual([]);
    expect(codes(on({ zmqEndpoint: 'tcp://*:5557', podDiscoveryConfig: { socketPort: 1 } }), EVENTS)).toEqual([]);
  });

  test('a custom configuration that says neither has the defaults of the router: 16 tokens, port 5557', () => {
    const strategy = RoutingStrategy.custom({ plugins: [{ type: 'precise-prefix-cache-scorer' }] });
    expect(codes(strategy, { ...EVENTS, kvBlockTokens: 24 })).toEqual(['LLMD515', 'LLMD517']);
    expect(codes(strategy, { ...EVENTS, kvBlockTokens: 32, kvEventsPort: 5557 })).toEqual([]);
  });

  test('the deprecated spelling in a custom configuration counts too', () => {
    const strategy = (blockSize: number) =>
      RoutingStrategy.custom({ plugins: [{ type: 'precise-prefix-cache-producer', parameters: { tokenProcessorConfig: { blockSize } } }] });
    const onDefaultPort = { ...EVENTS, kvEventsPort: 5557 };
    expect(codes(strategy(48), onDefaultPort)).toEqual(['LLMD515']);
    expect(codes(strategy(64), onDefaultPort)).toEqual([]);
  });
});
