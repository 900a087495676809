import { readFileSync } from 'node:fs';
import { join } from 'node:path';

test('each step fills a folder below / that no other step has made, so that BuildKit gives none the time of the build', () => {
  const dockerfile = readFileSync(join(__dirname, '../../../Dockerfile'), 'utf8');
  const targets = [...dockerfile.matchAll(/^(?:COPY|ADD)\s.*\s(\S+)$/gm)].map(([, target]) => target);
  expect(targets).toEqual(targets.map(() => expect.stringMatching(/^\/\w+\/$/)));
  expect(targets.length).toBeGreaterThan(1);
  expect(new Set(targets).size).toBe(targets.length);
});
