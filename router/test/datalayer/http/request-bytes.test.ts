import { authorityOf, splitAuthority } from '../../../src/datalayer/http/request-bytes';

test.each([
  ['10.0.0.1:8000', '10.0.0.1', 8000],
  ['[fd00::1]:80', 'fd00::1', 80],
  ['router.example:9090', 'router.example', 9090],
])('%s is host and port', (authority, host, port) => {
  expect(splitAuthority(authority)).toEqual({ host, port });
  expect(authorityOf({ scheme: 'http', path: '/', host, port })).toBe(authority);
});

test.each(['10.0.0.1', '10.0.0.1:', '10.0.0.1:0', '10.0.0.1:65536', ':80', '', 'a:b'])('%j is none', (authority) => {
  expect(() => splitAuthority(authority)).toThrow('is no host:port');
});
