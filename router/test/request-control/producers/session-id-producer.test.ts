import { requestControlPlugins } from '../../../src/request-control/plugins';
import type { SessionIdProducer } from '../../../src/request-control/producers/session-id-producer';
import { request, TestContext } from '../../support/context';

const TYPE = 'session-id-producer';

const session = (headers: Record<string, string>, parameters: Record<string, string>, name = TYPE): string | undefined => {
  const producer = new TestContext().make<SessionIdProducer>(requestControlPlugins[TYPE]!, TYPE, parameters, name);
  const asked = request({ headers });
  producer.produce(asked);
  return asked.get('SessionID', name);
};

test('reads a header, trimmed, under the name of the plugin', () => {
  expect(session({ 'x-session': ' søren ' }, { headerName: 'X-Session' })).toBe('søren');
  expect(session({ 'x-session': 'a' }, { headerName: 'x-session' }, 'mine')).toBe('a');
});

test('reads a cookie', () => {
  expect(session({ cookie: 'a=1; sid=x=y ;b=2' }, { cookieName: 'sid' })).toBe('x=y');
  expect(session({ cookie: 'sid=first; sid=second' }, { cookieName: 'sid' })).toBe('first');
});

test.each([
  [{}, { headerName: 'x-session' }],
  [{ 'x-session': '  ' }, { headerName: 'x-session' }],
  [{}, { cookieName: 'sid' }],
  [{ cookie: 'other=1; flag' }, { cookieName: 'sid' }],
  [{ cookie: 'sid=' }, { cookieName: 'sid' }],
  [{ cookie: 'SID=a' }, { cookieName: 'sid' }],
] as const)('%j has no session with %j', (headers, parameters) => {
  expect(session(headers, parameters)).toBeUndefined();
});

test.each([{}, { headerName: ' ' }, { headerName: 'a', cookieName: 'b' }])('does not start with %j', (parameters) => {
  expect(() => session({}, parameters as Record<string, string>)).toThrow('exactly one of headerName and cookieName');
});
