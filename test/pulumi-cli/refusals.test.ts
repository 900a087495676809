import { describePulumi, PULUMI_PATH } from './describe-pulumi';
import { report } from './expectations';
import type { PulumiProject } from './pulumi-project';
import { START_MS, STOP_MS, Stage } from './stage';

// A program that prints its own error for ever must fail here, not stop the tests.
const RUN_MS = 3 * 60_000;
const NAMESPACE = 'refusals';
const API_VERSIONS: Readonly<Record<string, string>> = { Deployment: 'apps/v1', HTTPRoute: 'gateway.networking.k8s.io/v1' };

describePulumi('what is refused once the deployment knows it', () => {
  let stage: Stage;
  let project: PulumiProject;

  beforeAll(async () => {
    stage = await Stage.start(PULUMI_PATH);
    await stage.plane.client.ensureNamespace(NAMESPACE);
    project = await stage.project('refusals');
  }, START_MS);

  afterAll(() => stage?.stop(), STOP_MS);

  test.each([
    ['unpushed', /^error: LLMD107 .*push: true/],
    ['misspelt', /^error: LLMD540 .*Not An Image/],
    ['absent', /^error: LLMD905 .*Router\/Deployment/],
    ['unmirrored', /^error: LLMD581 .*NO REFERENCE/],
    ['elsewhere', /^error: LLMD606 servers of namespace refusals .* namespace elsewhere/, 'HTTPRoute'],
  ])(
    '%s: the program ends with the sentence, once, and what holds the value is not made',
    async (refused, sentence, kind = 'Deployment') => {
      const run = await report(`up, ${refused}`, project.tryUp({ refused }));
      expect(run.code).not.toBe(0);
      expect(run.messages.filter((message) => sentence.test(message))).toHaveLength(1);
      expect(run.text).not.toContain('unhandled');
      expect(run.text).not.toMatch(/^\s+at /m);
      const objects = await stage.plane.client.list(API_VERSIONS[kind] as string, kind, NAMESPACE);
      const names = objects.map(({ metadata }) => (metadata as { name: string }).name);
      expect(names.filter((name) => kind !== 'Deployment' || name.endsWith('-epp'))).toEqual([]);
    },
    RUN_MS,
  );
});
