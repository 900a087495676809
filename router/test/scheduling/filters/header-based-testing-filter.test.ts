import { request, TestContext } from '../../support/context';
import { builtIn, filtered } from '../../support/scheduling';

const context = new TestContext();
context.endpoint('a', { address: '10.0.0.1', port: 8000 });
context.endpoint('b', { address: '10.0.0.2', port: 8000 });
context.endpoint('b-1', { address: '10.0.0.2', port: 8001 });
context.endpoint('v6', { address: 'fd00::1', port: 8000 });

test.each([
  ['10.0.0.1', ['a']],
  ['10.0.0.2:8000,10.0.0.1', ['b', 'a']],
  [' 10.0.0.1 , , 10.0.0.1:8000 ', ['a']],
  ['10.0.0.2', ['b-1']],
  ['10.0.0.2:8001', ['b-1']],
  ['10.0.0.1:9', []],
  ['10.0.0.9', []],
  ['fd00::1', ['v6']],
  ['[fd00::1]', ['v6']],
  ['[fd00::1]:8000', ['v6']],
  ['', []],
  ['10.0.0.1 8000', []],
])('%j keeps %j', (value, expected) => {
  const made = request({ headers: { 'test-epp-endpoint-selection': value } });
  expect(filtered(context, builtIn(context, 'header-based-testing-filter'), { request: made })).toEqual(expected);
});

test('without the header nothing stays', () => {
  expect(filtered(context, builtIn(context, 'header-based-testing-filter'))).toEqual([]);
});
