import type { JsonObject } from 'llm-d-epp-config';
import { coreColumns, dataName, type Filter, inFlightRequests } from '../../../src/plugin';
import { TestContext } from '../../support/context';
import { builtIn, filtered } from '../../support/scheduling';

describe('utilization-filter', () => {
  function loaded(columnName: string, values: readonly number[]) {
    const context = new TestContext();
    const pods = context.pods(values.length + 1);
    for (const [index, value] of values.entries()) context.set(columnName, pods[index]!, value);
    return context;
  }
  const utilization = (context: TestContext, conditions: readonly object[], rest: JsonObject = {}) =>
    filtered(context, builtIn(context, 'utilization-filter', { conditions, ...rest }));

  test.each([
    ['waiting-queue', coreColumns.waiting],
    ['running-requests', coreColumns.running],
    ['active-requests', inFlightRequests('inflight-load-producer')],
  ])('%s passes up to its limit; the last pod was never read and has 0', (metric, column) => {
    const context = loaded(column, [4, 5, 6]);
    expect(utilization(context, [{ metric, maxValue: 5 }])).toEqual(['pod-0', 'pod-1', 'pod-3']);
    expect(utilization(context, [{ metric, maxValue: 0 }])).toEqual(['pod-3']);
  });

  it('takes the KV cache as a fraction', () => {
    const context = loaded(coreColumns.kvUsage, [0.8, 0.81]);
    expect(utilization(context, [{ metric: 'kv-cache-utilization', maxValue: 0.8 }])).toEqual(['pod-0', 'pod-2']);
  });

  it('wants every condition', () => {
    const context = loaded(coreColumns.waiting, [1, 9, 1]);
    context.set(coreColumns.running, context.endpoints.all()[2]!, 9);
    const conditions = ['waiting-queue', 'running-requests'].map((metric) => ({ metric, maxValue: 5 }));
    expect(utilization(context, conditions)).toEqual(['pod-0', 'pod-3']);
  });

  it('leaves nothing, or all on demand, when no endpoint passes', () => {
    const context = loaded(coreColumns.waiting, [7, 8]);
    context.endpoints.remove('default/pod-2');
    const conditions = [{ metric: 'waiting-queue', maxValue: 5 }];
    expect(utilization(context, conditions)).toEqual([]);
    expect(utilization(context, conditions, { fallbackOnEmpty: true })).toEqual(['pod-0', 'pod-1']);
  });

  it('reads the producer it is told', () => {
    const context = loaded(inFlightRequests('mine'), [9]);
    const conditions = [{ metric: 'active-requests', maxValue: 5 }];
    expect(utilization(context, conditions)).toEqual(['pod-0', 'pod-1']);
    expect(utilization(context, conditions, { inFlightLoadProducerName: 'mine' })).toEqual(['pod-1']);
  });

  it('keeps reading when the table has grown', () => {
    const context = new TestContext();
    const filter = builtIn<Filter>(context, 'utilization-filter', { conditions: [{ metric: 'waiting-queue', maxValue: 5 }] });
    const pods = context.pods(1000);
    context.set(coreColumns.waiting, pods[999]!, 6);
    expect(filtered(context, filter)).toHaveLength(999);
  });
});

describe('endpoint-attribute-filter', () => {
  const attributes = (context: TestContext, operator: string, value: number | undefined, rest: JsonObject = {}) =>
    filtered(
      context,
      builtIn(context, 'endpoint-attribute-filter', {
        attribute: 'Temperature',
        algorithm: { type: 'threshold', threshold: value === undefined ? { operator } : { operator, value } },
        ...rest,
      }),
    );

  function measured(producer = 'core-metrics-extractor') {
    const context = new TestContext();
    const [low, middle, high] = context.pods(4);
    for (const [index, pod] of [low, middle, high].entries()) context.set(dataName('Temperature', producer), pod!, index + 1, Number.NaN);
    return context;
  }

  test.each([
    ['LessThan', ['pod-0']],
    ['LessThanOrEqual', ['pod-0', 'pod-1']],
    ['GreaterThan', ['pod-2']],
    ['GreaterThanOrEqual', ['pod-1', 'pod-2']],
    ['Equal', ['pod-1']],
    ['NotEqual', ['pod-0', 'pod-2']],
  ])('%s 2 keeps %j and what is not known', (operator, expected) => {
    expect(attributes(measured(), operator, 2)).toEqual([...expected, 'pod-3']);
    expect(attributes(measured(), operator, 2, { onMissing: 'Fail' })).toEqual(expected);
  });

  it('compares with 0 when no value is given', () => {
    expect(attributes(measured(), 'GreaterThan', undefined, { onMissing: 'Fail' })).toEqual(['pod-0', 'pod-1', 'pod-2']);
  });

  it('keeps all or none of an attribute that nobody writes', () => {
    const context = measured();
    expect(attributes(context, 'LessThan', 0, { attribute: 'Humidity' })).toHaveLength(4);
    expect(attributes(context, 'LessThan', 0, { attribute: 'Humidity', onMissing: 'Fail' })).toEqual([]);
    expect(attributes(context, 'LessThan', 0, { attribute: 'Humidity', onMissing: 'Fail', fallbackOnEmpty: true })).toHaveLength(4);
  });

  it('reads the producer it is told, any with an empty name', () => {
    const context = measured('dcgm-extractor');
    expect(attributes(context, 'Equal', 2, { onMissing: 'Fail' })).toEqual([]);
    expect(attributes(context, 'Equal', 2, { onMissing: 'Fail', producer: 'dcgm-extractor' })).toEqual(['pod-1']);
    expect(attributes(context, 'Equal', 2, { onMissing: 'Fail', producer: '' })).toEqual(['pod-1']);
    expect(attributes(context, 'Equal', 2, { onMissing: 'Fail', producer: '', attribute: 'Temp' })).toEqual([]);
  });

  it('prefers the attribute that itself has no producer', () => {
    const context = measured('dcgm-extractor');
    context.set(dataName('Temperature', ''), context.endpoints.all()[3]!, 2, Number.NaN);
    expect(attributes(context, 'Equal', 2, { onMissing: 'Fail', producer: '' })).toEqual(['pod-3']);
  });

  it('finds an attribute whose producer comes later', () => {
    const context = new TestContext();
    const [pod] = context.pods(2);
    const filter = builtIn<Filter>(context, 'endpoint-attribute-filter', {
      attribute: 'Late',
      onMissing: 'Fail',
      algorithm: { type: 'threshold', threshold: { operator: 'Equal', value: 1 } },
    });
    expect(filtered(context, filter)).toEqual([]);
    context.set(dataName('Late', 'core-metrics-extractor'), pod!, 1, Number.NaN);
    expect(filtered(context, filter)).toEqual(['pod-0']);
  });
});
